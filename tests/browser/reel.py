"""The reel of the pictures: five shots of a guest, and what a model says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from photoai.config import ROOT
from tests.support.clips import ffmpeg

GUEST = ROOT / "docs" / "sample" / "guest.jpg"
# Of each shot: seconds, how far the camera is away, and what it looks at.
SHOTS = ((2.4, 1.7, 0.46, 0.22), (2.6, 1.0, 0.5, 0.5), (3.4, 2.4, 0.47, 0.2), (2.0, 1.2, 0.3, 0.3),
         (3.1, 1.45, 0.52, 0.4))  # fmt: skip
VOICE = (
    "aevalsrc='0.35*sin(2*PI*(170+30*sin(2*t))*t)*(0.5+0.5*sin(2*PI*3.6*t))"
    "*(0.6+0.4*sin(0.9*t))*not(between(t,8.2,9.4))':d=13.5:s=44100"
)
LINES = (
    (0.2, 2.3, "Everybody told me this was impossible at home.",
     "Все говорили, что дома такое невозможно."),
    (2.5, 4.9, "Look at what one light from the side does,",
     "Смотрите, что делает один источник света сбоку:"),
    (5.1, 8.2, "no studio, no camera, only the phone that is in your pocket.",
     "ни студии, ни камеры — только телефон из вашего кармана."),
    (9.4, 10.3, "See the difference?", "Видите разницу?"),
    (10.5, 13.3, "Three minutes of work. Save it, and tell me what to show next.",
     "Три минуты работы. Сохраните и напишите, что показать дальше."),
)  # fmt: skip
KEYS = (
    ("Возражение в первую секунду",
     "Ролик открывается сомнением, с которым зритель согласен, — и обещает его опровергнуть."),
    ("Один приём — один ролик", "Показан единственный источник света: повторить можно сразу."),
    ("Новый план каждые 2–3 секунды",
     "Пять планов за 13,5 секунды, и каждый отвечает на вопрос предыдущего."),
    ("Тишина перед результатом",
     "С 8-й по 9-ю секунду нет ни слова: громкость падает, и взгляд возвращается на экран."),
    ("Призыв, который что-то даёт",
     "Просят не лайк, а сохранить приём и выбрать тему: растут и сохранения, и ответы."),
)  # fmt: skip
STEPS = (
    ("0–2 с", "Крупный план лица, свет только сверху", "Мне сказали: дома так не снять.",
     "Смотреть в камеру, без улыбки"),
    ("2–5 с", "Рука ставит лампу сбоку, на уровне глаз", "Ставлю одну лампу. Вот сюда.",
     "Штатив; движется только рука"),
    ("5–8 с", "Деталь: тень на щеке становится мягкой", "Накрываю её обычной калькой.",
     "60 кадров в секунду, замедлить вдвое"),
    ("8–10 с", "Тот же крупный план, новый свет", "Видите разницу?", "Секунда тишины перед фразой"),
    ("10–13 с", "До и после рядом", "Три минуты. Сохраните!", "Стрелка к кнопке «Сохранить»"),
)  # fmt: skip
ADVICE = (
    ("Съёмка", "Закройте окно с одной стороны: два источника дают две тени."),
    ("Съёмка", "Заблокируйте экспозицию долгим нажатием."),
    ("Звук", "Запишите голос отдельно: в шкафу с одеждой нет эха."),
    ("Монтаж", "Режьте на вдохе: паузы между фразами не нужны."),
    ("Публикация", "Первый кадр — готовый результат: он станет обложкой."),
)
SEEN = ("Лицо крупно, взгляд в камеру", "Общий план с флагом", "Ещё ближе: глаза и улыбка",
        "Плечо и шеврон", "Портрет при новом свете")  # fmt: skip


def _script(steps: tuple[tuple[str, ...], ...]) -> list[dict[str, str]]:
    return [dict(zip(("time", "visual", "text", "note"), step, strict=True)) for step in steps]


ANSWER: dict[str, Any] = {
    "original": {
        "language": "en",
        "transcription": " ".join(line[2] for line in LINES),
        "translation": " ".join(line[3] for line in LINES),
    },
    "segments": [
        {"start_sec": line[0], "end_sec": line[1], "text": line[2], "translation": line[3]}
        for line in LINES
    ],
    "keys": [{"title": title, "description": text} for title, text in KEYS],
    "script": _script(STEPS),
    "variants": [{"title": "С ошибки", "script": _script(STEPS[1:])}],
    "recommendations": [{"category": category, "text": text} for category, text in ADVICE],
    "hook": {
        "text": "«Все говорили, что дома такое невозможно»",
        "why": "Зритель слышит собственное сомнение и остаётся узнать, прав ли он.",
        "end_sec": 2.3,
    },
    "shots": [{"index": index, "description": text} for index, text in enumerate(SEEN)],
}


def film_reel(path: Path) -> None:
    """Upright, with something like a voice."""
    inputs, filters = [], []
    for index, (sec, near, x, y) in enumerate(SHOTS):
        inputs += ["-loop", "1", "-framerate", "25", "-t", str(sec), "-i", GUEST]
        filters.append(
            f"[{index}]scale=-2:{round(960 * near)},"
            f"crop=540:960:(iw-ow)*{x}:(ih-oh)*{y},setsar=1[s{index}]"
        )
    joined = "".join(f"[s{index}]" for index in range(len(SHOTS)))
    filters.append(f"{joined}concat=n={len(SHOTS)}:v=1,format=yuv420p[seen]")
    ffmpeg(
        *inputs, "-f", "lavfi", "-i", VOICE, "-filter_complex", ";".join(filters),
        "-map", "[seen]", "-map", str(len(SHOTS)), "-c:v", "libx264", "-preset", "veryfast",
        "-c:a", "aac", "-shortest", path,
    )  # fmt: skip
