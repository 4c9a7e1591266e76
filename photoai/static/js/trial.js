// A job somebody waits for on this page: how far it is, and what it came to.

import { get } from "./api.js";
import { isUp, on } from "./live.js";

/** Tells `shown(job)` of a job as it goes on, until it has ended. Returns what ends it sooner. */
export function follow(job, shown) {
  let isOver = false;
  const hear = (news) => {
    if (isOver || news.id !== job.id) return;
    isOver = ["succeeded", "failed", "cancelled"].includes(news.state);
    if (isOver) leave();
    shown(news);
  };
  const look = async () => {
    try {
      hear(await get(`/api/tasks/${job.id}`));
    } catch { // it is asked again when the connection is back
      return;
    }
  };
  const off = [on("job", hear), on("again", look)];
  const leave = () => {
    isOver = true;
    for (const each of off) each();
  };
  hear(job);
  if (!isUp()) look(); // it may have ended before anybody listens; else `again` looks
  return leave;
}
