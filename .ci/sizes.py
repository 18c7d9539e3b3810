"""Code size (.text + .rodata) of the smallest programs worth the name, at z and s, for Cortex-M4F
and x86-64, and the RAM of a connection beside the caller's buffers: the core's state, or the future
that serves one. Ours (proofs/src/bin) beside picoserve's and edge-http's (proofs/peers), built the
same way: fat LTO, panic=abort, neither std nor an allocator.

They do not do the same. Ours have strict checks, chunked content both ways, trailers, Expect and
deadlines.

Prints one table, with the goal of each of ours, which two do not meet. Fails over a limit: what was measured, rounded up to the next 256 bytes of code
and 16 of RAM; lower them as the programs shrink. The control, a limit that no program keeps, must
be refused. To be run by .ci/sizes.
"""
import os, pathlib, subprocess, sys

ARM, X86 = "thumbv7em-none-eabihf", "x86_64-unknown-linux-gnu"
COLUMNS = [(ARM, "z"), (ARM, "s"), (ARM, "RAM"), (X86, "z"), (X86, "s"), (X86, "RAM")]
OURS, PEERS = "Cargo.toml", "peers/Cargo.toml"
# Name, manifest, program, limits in the order of the columns, and what the first three are to come to.
PROGRAMS = [
    ("core, server", OURS, "server", (17408, 18176, 256, 28672, 30464, 256), (14336, 17408, 256)),
    ("core, client", OURS, "client", (13824, 15360, 256, 22528, 24064, 256), (14336, 17408, 256)),
    ("embedded-io, hello server", OURS, "hello", (23872, 25472, 656, 38400, 41408, 920), (18432, 21504, 1000)),
    ("picoserve 0.20.1, server", PEERS, "picoserve", None, None),
    ("edge-http 0.8.0, server", PEERS, "edge_server", None, None),
    ("edge-http 0.8.0, client", PEERS, "edge_client", None, None),
]
CONTROL = (1024, 1024, 16, 1024, 1024, 16)


def main():
    os.chdir(pathlib.Path(__file__).parent / "proofs")
    over = []
    print(f"{'bytes':27}" + "".join(f"{'M4F' if t == ARM else 'x86-64':>9} {what:3}" for t, what in COLUMNS)
          + "   goal of the first three")
    for name, manifest, program, limits, bar in PROGRAMS:
        measured = measure(manifest, program)
        print(f"{name:27}" + "".join(f"{each:9}    " for each in measured)
              + ("   " + ", ".join(map(str, bar)) if bar else ""), flush=True)
        if limits:
            over += [f"{name}, {what} on {target}: {got}, at most {limit}"
                     for (target, what), got, limit in exceeded(measured, limits)]
            if len(exceeded(measured, CONTROL)) != len(COLUMNS):
                over.append(f"{name}: the control was let through")
    if over:
        sys.exit("FAILED sizes: " + "\n".join(over))
    print("ok sizes: within the limits; the control is refused")


def measure(manifest, program):
    figures = []
    for target in ARM, X86:
        for level in "z", "s":
            path = build(target, level, manifest, program)
            figures.append(code(path))
        figures.append(ram(path))
    return figures


def build(target, level, manifest, program):
    environment, folder, library = dict(os.environ), os.environ["CARGO_TARGET_DIR"], ["-Zbuild-std=core"]
    if target == X86:
        folder, library = os.environ["SIZES_TARGET_DIR"], []
        del environment["RUSTC"], environment["RUSTC_BOOTSTRAP"]
    subprocess.run(
        ["cargo", "build", "--quiet", "--locked", "--release", "--target", target, "--target-dir", folder,
         "--manifest-path", manifest, "--bin", program, "--config", f'profile.release.opt-level="{level}"',
         *library], check=True, env=environment)
    return f"{folder}/{target}/release/{program}"


def code(path):
    lines = output("llvm-size-22", "--format=sysv", path)
    return sum(int(line.split()[1]) for line in lines if line.startswith((".text ", ".rodata ")))


def ram(path):
    return next(int(line.split()[1], 16) for line in output("llvm-nm-22", "--print-size", path)
                if line.endswith(" RAM"))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def exceeded(measured, limits):
    return [each for each in zip(COLUMNS, measured, limits) if not 0 < each[1] <= each[2]]


main()
