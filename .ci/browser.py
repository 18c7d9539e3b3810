"""Drives Chromium against programs that it starts: an echo server, and the site of blazeio-app.

usage: browser.py ECHO SITE [DIRECTORY for screenshots]
"""
import contextlib, hashlib, json, os, subprocess, sys, tempfile
from webdriver import Browser

POST = """
const done = arguments[arguments.length - 1];
const sent = new Uint8Array(1 << 20).map((_, i) => (i * 31 + (i >> 8)) % 256);
fetch('/echo', {method: 'POST', body: sent})
  .then(async r => {
    const got = new Uint8Array(await r.arrayBuffer());
    done({status: r.status, length: got.length, same: got.every((b, i) => b === sent[i])});
  })
  .catch(e => done({error: String(e)}));
"""
MIB = 1 << 20


def main():
    echo_program, site_program = sys.argv[1:3]
    with Browser() as browser:
        with server(echo_program) as page:
            echo(browser, page)
            picture(browser, "echo")
        with server(site_program) as page:
            form(browser, page)
            with tempfile.TemporaryDirectory() as directory:
                upload(browser, directory)
            picture(browser, "site")


@contextlib.contextmanager
def server(program):
    """The page of a server that listens where it says."""
    running = subprocess.Popen([program, "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        yield "http://" + running.stdout.readline().split()[-1] + "/"
    finally:
        running.terminate()
        running.wait(10)


def picture(browser, name):
    if len(sys.argv) > 3:
        browser.screenshot(os.path.join(sys.argv[3], name + ".png"))


def echo(browser, page):
    browser.open(page)
    text = browser.run("return document.body.innerText")
    print("page:", json.dumps(text))
    assert text.strip(), "the page is empty"
    result = browser.run_async(POST)
    print("post of 1 MiB:", json.dumps(result))
    assert result == {"status": 200, "length": MIB, "same": True}


def form(browser, page):
    """A form that is typed and sent as a person would: a redirection, and the page again."""
    browser.open(page)
    assert browser.wait("return document.body.dataset.ready ?? null") == "0"
    browser.type("input[name=name]", "Jürgen & Zoë = 100%")
    browser.type("textarea", "two\nlines + more")
    browser.click("#sign button")
    assert browser.wait("return document.body.dataset.ready === '1' ? 1 : null") == 1
    shown = browser.run("return [location.pathname, document.querySelector('#entries').textContent]")
    print("form:", json.dumps(shown, ensure_ascii=False))
    # Browsers send CRLF for the ends of lines (WHATWG HTML §4.10.22.4).
    assert shown == ["/", "Jürgen & Zoë = 100%: two\r\nlines + more"], shown


def upload(browser, directory):
    """Files by the browser's own multipart, with its own progress."""
    expected = []
    for name, length in [("große Datei (1).bin", 64 * MIB), ("empty.txt", 0)]:
        content = bytes(range(251)) * (length // 251 + 1)
        content = content[:length]
        path = os.path.join(directory, name)
        with open(path, "wb") as file:
            file.write(content)
        browser.type("input[type=file]", path)
        expected.append({"name": name, "length": length, "sha256": hashlib.sha256(content).hexdigest()})
    browser.click("#upload button")
    result = browser.wait("return window.answer ?? null")
    steps = browser.run("return window.sent")
    print("upload:", result["text"], "in", len(steps), "steps of progress")
    assert result["status"] == 200, result
    assert json.loads(result["text"]) == expected, result["text"]
    loaded = [step[0] for step in steps]
    total = steps[-1][1]
    assert len(steps) > 1 and loaded == sorted(loaded), steps
    assert 0 < loaded[0] < total and loaded[-1] == total > 64 * MIB, steps
    assert browser.run("return document.querySelector('#progress').value") == 1


main()
