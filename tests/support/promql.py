"""Whether a PromQL expression asks for what there is: its metrics, and the labels it names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import promql_parser as ast
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[str]
# What Prometheus itself adds to what it is told, and its own.
OF_EVERY_TARGET = frozenset({"job", "instance"})
OWN = {
    "up": frozenset(),
    "ALERTS": frozenset({"alertname", "alertstate", "severity"}),
}
# What Grafana puts in before it asks.
GRAFANA = {"$__rate_interval": "5m", "$__range": "3h", "$__interval": "15s"}
IN_TEMPLATE = re.compile(r"\$labels\.(\w+)|\{\{\s*(?!end\b)(\w+)\s*\}\}")


def told_by(page: str) -> dict[str, Labels]:
    """The names of a page's samples with the labels they have."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return {name: frozenset(labels) for name, labels in found.items()}


def listed(text: str) -> dict[str, Labels]:
    """Lines of a name and its labels, `node_load1` or `node_cpu_seconds_total cpu,mode`."""
    lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
    return {line[0]: frozenset(",".join(line[1:]).split(",")) - {""} for line in lines}


def in_template(text: str) -> set[str]:
    """The labels a legend or an alarm's words put in."""
    return {one or other for one, other in IN_TEMPLATE.findall(text)}


def names_in(expr: str) -> set[str]:
    """Of the metrics an expression asks for."""
    return {each.name for each in _under(_parsed(expr)) if isinstance(each, ast.VectorSelector)}


@dataclass(frozen=True)
class Known:
    """Metrics and their labels. `labels_of` follows an expression from its selectors outwards."""

    metrics: Mapping[str, Labels]

    def labels_of(self, expr: str) -> Labels:
        """Those of what an expression answers.

        Raises:
            AssertionError: it asks for a metric or a label that is not there.
        """
        return self._of(_parsed(expr))

    def _of(self, node: Any) -> Labels:
        match node:
            case ast.VectorSelector():
                return self._selected(node)
            case ast.MatrixSelector():
                return self._selected(node.vector_selector)
            case ast.AggregateExpr():
                return self._grouped(node)
            case ast.Call():
                return self._called(node)
            case ast.BinaryExpr():
                left, right = self._of(node.lhs), self._of(node.rhs)
                return left or right
            case ast.ParenExpr() | ast.SubqueryExpr() | ast.UnaryExpr():
                return self._of(node.expr)
        return frozenset()  # a number

    def _selected(self, node: Any) -> Labels:
        assert node.name in self.metrics or node.name in OWN, f"nobody tells {node.name}"
        labels = OF_EVERY_TARGET | self.metrics.get(node.name, OWN.get(node.name, frozenset()))
        asked = {each.name for each in node.matchers.matchers}
        assert asked <= labels, f"{node.name} has no label {asked - labels}"
        return labels

    def _grouped(self, node: Any) -> Labels:
        inside = self._of(node.expr)
        if str(node.op) in {"topk", "bottomk"}:
            return inside
        if node.modifier is None:
            return frozenset()
        assert node.modifier.type == ast.AggModifierType.By, "labels are kept by their names here"
        asked = frozenset(node.modifier.labels)
        assert asked <= inside, f"{node.expr.prettify()} has no label {asked - inside}"
        return asked

    def _called(self, node: Any) -> Labels:
        inside: Labels = frozenset().union(*map(self._of, node.args))
        if node.func.name == "histogram_quantile":
            assert "le" in inside, f"{node.prettify()} has no buckets"
            return inside - {"le"}
        return inside


def _parsed(expr: str) -> Any:
    for name, value in GRAFANA.items():
        expr = expr.replace(name, value)
    return ast.parse(expr)


def _under(node: Any) -> Iterable[Any]:
    yield node
    inside = [getattr(node, name, None) for name in ("expr", "lhs", "rhs", "vector_selector")]
    for each in [*filter(None, inside), *getattr(node, "args", [])]:
        yield from _under(each)
