"""What is in deploy/ names settings, services and files that there are."""

import re
from pathlib import Path

from shopscope.settings import unknown_variables

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = (ROOT / "deploy" / "compose.yaml").read_text("utf-8")


def test_the_cluster_is_given_settings_that_there_are() -> None:
    names = re.findall(r"^ +(SHOPSCOPE_\w+):", COMPOSE, re.MULTILINE)
    assert "SHOPSCOPE_SNAPSHOTS_URL" in names
    assert unknown_variables(dict.fromkeys(names, "")) == {}


def test_each_node_of_the_balancer_is_a_service() -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    nodes = re.findall(r"server (\S+):8321;", text)
    assert nodes
    assert all(f"\n  {node}:\n" in COMPOSE for node in nodes)


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    allowed = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copied = [word for line in re.findall(r"^COPY (.+) \S+$", text, re.M) for word in line.split()]
    assert copied
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name.split('/')[0]}" in allowed, name


def test_the_page_tells_every_variable_that_is_asked_for() -> None:
    page = (ROOT / "docs" / "scale.md").read_text("utf-8")
    for name in set(re.findall(r"\$\{(\w+):", COMPOSE)):
        assert f"{name}=" in page
