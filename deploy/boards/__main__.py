"""Write deploy/grafana/dashboards/*.json."""

from pathlib import Path

from . import BOARDS

FOLDER = Path(__file__).resolve().parent.parent / "grafana" / "dashboards"

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, board in BOARDS.items():
        (FOLDER / f"{name}.json").write_text(board.text())
