// The page of reels: a video is chosen or sent, and what is found out about it is watched.

import { one } from "./dom.js";
import * as player from "./reels-player.js";
import * as task from "./reels-task.js";
import { begin as send } from "./sending.js";
import * as order from "./video-order.js";
import { asTime, say } from "./words.js";

const TAKEN = ["video/mp4", "video/quicktime", "video/webm"];
const { max, maxSec } = one("#sending").dataset;

order.form.addEventListener("input", ({ target }) => order.complain(target.name, ""));
order.begin("/reels", task.showAnswered);
send({
  input: one("#new-file"), zone: one("#drop"), rows: one("#sending"), maxBytes: Number(max), kept,
  taken: () => order.complain("file_id", ""),
});
player.begin(one("#watched"));
task.begin();

function kept(file) {
  if (!TAKEN.includes(file.mime)) throw new Error(say("“{name}” is no MP4, MOV or WebM.", { name: file.name }));
  if (file.probe.duration_sec > Number(maxSec)) {
    throw new Error(say("“{name}” is longer than {time}.", { name: file.name, time: asTime(Number(maxSec)) }));
  }
  order.choose(file);
}
