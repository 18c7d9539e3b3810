#!/usr/bin/env python3
"""Judges the coverage of the core's three folders.

Every region and branch of src/syntax, src/transfer and src/connection must have run, in some
instantiation, but what stands in a `#[cfg(test)]` module. A statement marked by
`// Unreachable: why`, at its first line's end or on the lines before, must have something that
did not run: else the mark is wrong.

usage: coverage.py EXPORT.json      the file is `cargo llvm-cov --branch --json`'s
"""

import collections
import json
import pathlib
import re
import sys

FOLDERS = re.compile(r"/src/(?:syntax|transfer|connection)/[^/]+\.rs$")
MARK = "// Unreachable: "
CODE_REGION = 0


def places(export):
    """{file: {place: counts}}, the same place of all instantiations added up.

    A place is the kind, line and column of its beginning and of its end."""
    found = collections.defaultdict(dict)
    for function in export["functions"]:
        names = function["filenames"]
        for line, column, to_line, to_column, count, file, _, kind in function["regions"]:
            if kind == CODE_REGION:
                add(found[names[file]], ("region", line, column, to_line, to_column), [count])
        for branch in function["branches"]:
            line, column, to_line, to_column, true, false, file = branch[:7]
            add(found[names[file]], ("branch", line, column, to_line, to_column), [true, false])
    return {file: found[file] for file in sorted(found) if FOLDERS.search(file)}


def add(found, place, counts):
    found[place] = [a + b for a, b in zip(counts, found.get(place, [0] * len(counts)))]


class Source:
    def __init__(self, path):
        self.lines = pathlib.Path(path).read_text().split("\n")
        self.tests = self.test_lines()
        self.marks = {}
        for number, line in enumerate(self.lines, 1):
            if MARK in line and number not in self.tests:
                first, last = self.statement(number)
                self.marks.update(dict.fromkeys(range(first, last + 1), number))

    def test_lines(self):
        """The lines of `#[cfg(test)] mod NAME { … }`."""
        tests, inside = set(), False
        for number, line in enumerate(self.lines, 1):
            after = self.lines[number] if number < len(self.lines) else ""
            if line == "#[cfg(test)]" and re.fullmatch(r"mod \w+ \{", after):
                inside = True
            if inside:
                tests.add(number)
            inside = inside and line != "}"
        return tests

    def test_modules(self):
        """Files that are built for tests only: `#[cfg(test)] mod NAME;`."""
        return re.findall(r"#\[cfg\(test\)\]\nmod (\w+);", "\n".join(self.lines))

    def statement(self, number):
        """From the first line of code at or after a mark to where its brackets are closed."""
        while self.lines[number - 1].lstrip().startswith("//"):
            number += 1
        first, depth = number, 0
        while True:
            code = re.sub(r"//.*|'.'|\"[^\"]*\"", "", self.lines[number - 1])
            depth += len(re.findall(r"[({\[]", code)) - len(re.findall(r"[)}\]]", code))
            if depth <= 0:
                return first, number
            number += 1


def judge(found, sources, show):
    """Prints figures and what is wrong; the number of wrongs."""
    wrongs = 0
    test_files = {
        pathlib.Path(file).with_name(name + ".rs").as_posix()
        for file, source in sources.items()
        for name in source.test_modules()
    }
    for file, source in sources.items():
        if file in test_files:
            continue
        short = file[file.index("/src/") + 1 :]
        regions, branches, used, bad = [0, 0], [0, 0], set(), []
        for (kind, line, column, _, _), counts in sorted(found[file].items(), key=lambda p: p[0][1:]):
            if line in source.tests:
                continue
            total = regions if kind == "region" else branches
            total[0] += len(counts)
            total[1] += counts.count(0)
            if 0 not in counts:
                continue
            if line in source.marks:
                used.add(source.marks[line])
            else:
                what = "" if kind == "region" else " is never " + ("true" if counts[0] == 0 else "false")
                text = source.lines[line - 1].strip()
                bad.append(f"{short}:{line}:{column}: this {kind}{what or ' never runs'}: {text}")
        for number in sorted(set(source.marks.values()) - used):
            bad.append(f"{short}:{number}: marked as unreachable, but all of it runs")
        wrongs += len(bad)
        show(
            f"{short:32} regions {regions[0]:4} branches {branches[0]:4}"
            f" unreachable {regions[1]:2} and {branches[1]:2}, by {len(used)} marks"
        )
        for line in bad:
            show("WRONG " + line)
    return wrongs


def control(found, sources):
    """One count of 0 too much, one mark too much: each must be found."""
    quiet = lambda line: None
    file, place = next(
        (file, place)
        for file, of_file in found.items()
        for place, counts in of_file.items()
        if place[1] not in sources[file].tests | sources[file].marks.keys()
        and place[0] == "branch"
        and 0 not in counts
    )
    before = judge(found, sources, quiet)
    true = found[file][place]
    found[file][place] = [0, true[1]]
    wrong_count = judge(found, sources, quiet)
    found[file][place] = true
    sources[file].marks[place[1]] = place[1]
    wrong_mark = judge(found, sources, quiet)
    del sources[file].marks[place[1]]
    return wrong_count == before + 1 and wrong_mark == before + 1


def main():
    export = json.loads(pathlib.Path(sys.argv[1]).read_text())["data"][0]
    found = places(export)
    sources = {file: Source(file) for file in found}
    wrongs = judge(found, sources, print)
    if wrongs or len(found) < 20:
        sys.exit(f"FAILED coverage: {wrongs} wrongs in {len(found)} files")
    if not control(found, sources):
        sys.exit("FAILED coverage: a control was let through")
    print("ok coverage: all regions and branches run but those marked; both controls are refused")


main()
