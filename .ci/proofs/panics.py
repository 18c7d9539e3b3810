#!/usr/bin/env python3
"""Who may panic in a linked program: every call that leads to its panic handler, by name.

Usage: panics.py ELF [--allow CRATE]... [--resumed N]

A call is blamed on the crate whose source it stands in, also where that source was
inlined into another crate's function: the line tables tell (build with debug =
"line-tables-only").  Of the frames at a call, the innermost that is not the standard
library's is to blame.  A function of the standard library that only calls on is followed
to its own callers; one that is called through a pointer alone is blamed on `core`.
Instructions merged from several places have the line of none, and are blamed on the
function they stand in.  --resumed needs a program built with
`-Z merge-functions=disabled`: else all panic functions may become one of any name.

Prints one line a call site, and exits 1 if one is blamed on a crate that is not allowed.
"""
import argparse
import collections
import re
import subprocess
import sys

# What core calls when an async block is polled again after it was ready.
RESUMED = "panic_const_async_fn_resumed"
HANDLER = re.compile(r"rust_begin_unwind")
CALL = re.compile(r"^\s*([0-9a-f]+):\s+(?:call|jmp|j[a-z]+)q?\s+(?:0x)?[0-9a-f]+ <([^>+]+)>")
FUNCTION = re.compile(r"^([0-9a-f]+) <(.+)>:$")


def run(*command, text=None):
    done = subprocess.run(command, check=True, capture_output=True, text=True, input=text)
    return done.stdout


def calls_by_function(elf):
    """For each function its calls and tail calls: (address, function called)."""
    calls, current = collections.defaultdict(list), None
    for line in run("objdump", "-d", "--no-show-raw-insn", elf).splitlines():
        if found := FUNCTION.match(line):
            current = found[2]
        elif (found := CALL.match(line)) and found[2] != current:
            calls[current].append((int(found[1], 16), found[2]))
    return calls


def frames(elf, addresses):
    """For each address its frames, innermost first: (function, file and line)."""
    asked = "\n".join(hex(a) for a in addresses)
    lines = iter(run("addr2line", "-a", "-f", "-i", "-C", "-e", elf, text=asked).splitlines())
    result, address = {}, None
    for line in lines:
        if line.startswith("0x"):
            address = int(line, 16)
            result[address] = []
        else:
            result[address].append((line, next(lines).split(" ")[0]))
    return result


def crate_of(place):
    """The crate that a source file belongs to; none for the standard library."""
    if place.startswith("/rustc/") or "/rustlib/src/rust/library/" in place:
        return None
    if found := re.search(r"/registry/src/[^/]+/([^/]+)-\d[^/]*/", place):
        return found[1]
    return "blazeio"


def short(place):
    return re.sub(r"^.*/(registry/src/[^/]+|rustc/[^/]+|\.\.)/", "", place)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("elf")
    parser.add_argument("--allow", action="append", default=[], help="a crate that may panic")
    parser.add_argument("--resumed", type=int, default=0, metavar="N",
                        help=f"so many calls of {RESUMED} are allowed, anywhere")
    options = parser.parse_args()
    calls = calls_by_function(options.elf)
    called = {callee for sites in calls.values() for _, callee in sites}
    where = frames(options.elf, sorted(a for sites in calls.values() for a, _ in sites))
    panics = {f for f in set(calls) | called if HANDLER.search(f)}
    blamed, size = {}, -1
    while size != len(panics):
        size = len(panics)
        for function, sites in calls.items():
            for address, callee in sites:
                if callee not in panics:
                    continue
                ours = [(f, p) for f, p in where[address] if crate_of(p)]
                if ours:
                    blamed[address] = (crate_of(ours[0][1]), ours, where[address], callee)
                else:
                    panics.add(function)
    for function in sorted(panics - called):
        if function in calls:
            blamed[function] = ("core", [(function, "called through a pointer")], [], "")
    if not panics & set(calls) and not blamed:
        print("no panic")
    bad = 0
    rows, resumed = collections.Counter(), 0
    for crate, ours, whole, callee in blamed.values():
        function, place = ours[0]
        outer = "" if ours[-1][0] == function else f", inlined into {plain(ours[-1][0])}"
        # The outermost of the standard library's functions at the call: what was written.
        written = next((f for f, p in reversed(whole) if not crate_of(p)), callee)
        how = " > ".join(dict.fromkeys([plain(written), plain(callee)]))
        row = f"{short(place)} ({plain(function)}{outer}): {how}"
        is_resumed = plain(callee).endswith(RESUMED) and resumed < options.resumed
        resumed += is_resumed
        rows[(crate not in options.allow and not is_resumed, crate, row)] += 1
    for (is_bad, crate, row), count in sorted(rows.items()):
        bad += is_bad
        print(f"{'REFUSED' if is_bad else 'allowed'} {crate}: {row}, {count}x")
    sys.exit(1 if bad else 0)


def plain(name):
    """A name as it was written, without the hashes of crates."""
    name = run("c++filt", "-s", "rust", name).strip() if name.startswith("_") else name
    return re.sub(r"\[[0-9a-f]+\]", "", name)


main()
