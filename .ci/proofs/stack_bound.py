#!/usr/bin/env python3
"""Worst-case stack of each root function of a fully linked ELF.

Usage: stack_bound.py ELF [--max BYTES] [--root NAME]... [--dispatch CRATE]

The ELF must be built with `RUSTC_BOOTSTRAP=1`, `-Z emit-stack-sizes` and lto = "fat", so
that every Rust function has an entry in .stack_sizes; with `-Z merge-functions=disabled`,
so that each root is there; and with debug = "line-tables-only" for --dispatch.  Each frame costs its emitted size
plus the return address (8 bytes on x86-64, 0 on ARM and RISC-V, where the size covers
saved registers).  Calls and tail jumps are read off the disassembly.

Prints the worst case of each root, and the path that takes it.  Exits 1 over --max; on
recursion; if a function on a path has no size; if a path calls through a pointer.  Only
--dispatch CRATE may do so, which picks one of several implementations at run time (memchr
does, without `std` too): a pointer called in its source counts as the deepest of its own
functions.
"""
import argparse
import re
import subprocess
import sys

# Assembly without a frame of its own (memory.rs).
FRAMELESS = {"memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen", "_start"}
FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
BRANCH = re.compile(r"\s(callq?|bl|jal|jalr|call|tail|j[a-z]+|b|b\.w)\s+(.*)$")
TARGET = re.compile(r"<([^>+]+)(\+0x[0-9a-f]+)?>")


def last_load(register, before):
    """The instruction that loaded a register, moves between registers followed."""
    for line in reversed(before):
        written = line.split("#")[0].rstrip()
        if not written.endswith(f",{register}") or re.search(r"\s(cmp|test)[a-z]*\s", line):
            continue
        if found := re.search(r"\smov\s+(%\w+),%\w+$", written):
            register = found[1]
        else:
            return line if re.search(r"\smov\s", line) else ""
    return ""


def is_table(operand, before):
    """Whether a jump goes through a table of places in its own function."""
    relative = re.compile(r"\s(movslq|add)\s.*" + re.escape(operand[1:]) + "$")
    return "(," in operand or any(relative.search(line) for line in before[-3:])


def offset_table(elf, objdump):
    """Which function each slot of the global offset table holds."""
    names = {}
    for line in run("nm", elf).splitlines():
        if found := re.match(r"([0-9a-f]+) [tTwW] (\S+)$", line):
            names[int(found[1], 16)] = found[2]
    table = {}
    dump = subprocess.run([objdump, "-s", "-j", ".got", elf], capture_output=True, text=True)
    for line in dump.stdout.splitlines():
        if found := re.match(r" ([0-9a-f]+) ((?:[0-9a-f]+ ){1,4}) ", line):
            start, content = int(found[1], 16), bytes.fromhex(found[2].replace(" ", ""))
            for at in range(0, len(content), 8):
                value = int.from_bytes(content[at : at + 8], "little")
                if value in names:
                    table[start + at] = names[value]
    return table


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Program:
    """Frame sizes and calls of every function."""

    def __init__(self, elf, objdump, readelf, dispatch):
        self.elf, self.dispatch = elf, dispatch
        self.is_x86 = "X86-64" in run(readelf, "-h", elf)
        self.problems = set()
        self.sizes = {}
        for line in run(readelf, "--stack-sizes", elf).splitlines():
            if found := re.match(r"\s*(\d+)\s+(\S.*)$", line):
                for name in found[2].split(", "):
                    self.sizes[name] = int(found[1])
        self.calls, self.pointers, self.table = {}, {}, offset_table(elf, objdump)
        current, before = None, []
        for line in run(objdump, "-d", "--no-show-raw-insn", elf).splitlines():
            if found := FUNCTION.match(line):
                current, before = found[1], []
                self.calls.setdefault(current, set())
            elif current is not None:
                self.read_instruction(current, before, line)
                before.append(line)
        self.known, self.deepest = {}, None

    def read_instruction(self, current, before, line):
        found = BRANCH.search(line)
        if not found:
            if re.search(r"\sblx\s+r", line):
                self.add_pointer(current, before, line)
            return
        name, operand = found.groups()
        is_call = name.startswith("call") or name in ("bl", "jal", "jalr")
        if operand.startswith("*"):
            if is_call or not is_table(operand, before):
                self.add_pointer(current, before, line)
        elif target := TARGET.search(operand):
            # A jump into the function itself, or into the middle of one, is no call.
            if is_call or (target[2] is None and target[1] != current):
                self.calls[current].add(target[1])
        elif is_call:
            self.add_pointer(current, before, line)

    def add_pointer(self, current, before, line):
        """A call through a pointer: by name if its value is in the global offset table."""
        address, instruction = line.split(":", 1)
        source = instruction.split("*")[-1].strip()
        if source.startswith("%"):
            source = last_load(source, before)
        slot = re.search(r"\(%rip\).*# ([0-9a-f]+) <([^>+]+)", source)
        if slot and int(slot[1], 16) in self.table:
            self.calls[current].add(self.table[int(slot[1], 16)])
        else:
            symbol = plain(slot[2]) if slot else ""
            self.pointers.setdefault(current, []).append((address.strip(), symbol))

    def deepest_of_dispatch(self):
        """Bytes and functions of what a pointer of the crate's may lead to."""
        if self.deepest is None:
            self.deepest = (0, ())
            theirs = [f for f in self.calls if plain(f).startswith(f"{self.dispatch}::")]
            self.deepest = max((self.worst(f) for f in theirs), default=(0, ()))
        return self.deepest

    def check_pointers(self, function):
        """All of them must be the dispatching crate's: its variable, or in its source."""
        for address, symbol in self.pointers[function]:
            place = run("addr2line", "-e", self.elf, address).strip().split("/src/")
            is_theirs = f"/{self.dispatch}-" in place[0] or symbol.startswith(f"{self.dispatch}::")
            if not self.dispatch or not is_theirs:
                self.problems.add(f"a call through a pointer: {plain(function)} ({place[-1]})")

    def worst(self, function, path=()):
        """Bytes, and the functions that take them."""
        if function in path:
            self.problems.add("recursion: " + " > ".join((*path, function)))
            return 0, (function,)
        if function not in self.known:
            if function not in self.sizes and function not in FRAMELESS:
                self.problems.add(f"no size: {function}")
            below = [self.worst(f, (*path, function)) for f in self.calls.get(function, ())]
            if function in self.pointers:
                self.check_pointers(function)
                below.append(self.deepest_of_dispatch())
            deepest = max(below, default=(0, ()))
            own = self.sizes.get(function, 0) + (8 if self.is_x86 else 0)
            self.known[function] = (own + deepest[0], (function, *deepest[1]))
        return self.known[function]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("elf")
    parser.add_argument("--max", type=int)
    parser.add_argument("--root", action="append")
    parser.add_argument("--objdump", default="objdump")
    parser.add_argument("--readelf", default="llvm-readelf")
    parser.add_argument("--dispatch", help="the crate that may call through pointers")
    options = parser.parse_args()
    program = Program(options.elf, options.objdump, options.readelf, options.dispatch)
    for root in options.root or sorted(program.sizes):
        if root not in program.calls:
            program.problems.add(f"no such function: {root}")
            continue
        size, path = program.worst(root)
        frames = " > ".join(f"{plain(f)} {program.sizes.get(f, 0)}" for f in path)
        print(f"{size:6d}  {frames}")
        if options.max is not None and size > options.max:
            program.problems.add(f"over {options.max}: {root}, {size}")
    for problem in sorted(program.problems):
        print(problem)
    sys.exit(1 if program.problems else 0)


def plain(name):
    """A mangled name as a path, without the hash of its crate."""
    if not name.startswith("_"):
        return name
    return re.sub(r"\[[0-9a-f]+\]", "", run("c++filt", "-s", "rust", name).strip())


main()
