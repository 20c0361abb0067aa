"""Look the pinned packages up among known vulnerabilities: `python .ci/audit.py PINS`.

Fails when a pin has a known vulnerability. Says so, and passes, when nothing can be
known: pip-audit alone calls a package that it could not look up "no vulnerability".
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main(pins: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "audit.json")
        # --disable-pip: the hashed pins are complete, so nothing has to be resolved.
        command = [sys.executable, "-m", "pip_audit", "-r", pins, "--require-hashes"]
        command += ["--disable-pip", "--progress-spinner", "off", "-f", "json", "-o", str(report)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if not report.is_file():
            print(run.stderr.strip()[-500:])
            print("NOT AUDITED: the advisories could not be reached.")
            return 0
        packages = json.loads(report.read_text())["dependencies"]

    skipped = [package for package in packages if "skip_reason" in package]
    flaws = [(package, flaw) for package in packages for flaw in package.get("vulns", ())]
    for package, flaw in flaws:
        fixed = ", ".join(flaw["fix_versions"]) or "no release yet"
        print(f"{package['name']} {package['version']}: {flaw['id']}, fixed in {fixed}")
    if skipped:
        print(f"NOT AUDITED: {len(skipped)} of {len(packages)} packages, no advisories to be had.")
    print(f"{len(packages) - len(skipped)} packages looked up, {len(flaws)} known vulnerabilities.")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
