"""``python -m infra.local.partners --port 9000``: the partners alone, with the settings block for a mall."""

from __future__ import annotations

import argparse
import threading
from pathlib import Path

from infra.local.partners import start


def main() -> None:
    parser = argparse.ArgumentParser(description="WeChat, WeChat Pay and Kuaidi100, played on the loopback.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--keep", type=Path, help="folder for keys and state")
    parser.add_argument("--repeat-scale", type=float, default=1.0, help="1: repeat notices as WeChat Pay does")
    chosen = parser.parse_args()
    partners = start(
        chosen.port,
        keys_path=chosen.keep and chosen.keep / "partners-keys.json",
        state_path=chosen.keep and chosen.keep / "partners-state.json",
        repeat_scale=chosen.repeat_scale,
        probe_every=10,
        strict_openids=True,
    )
    for name, value in partners.settings_environment().items():
        print(f"export {name}='{value}'")
    print(f"\n# 控制页 {partners.control_url}/", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        partners.stop()


if __name__ == "__main__":
    main()
