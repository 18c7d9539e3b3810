"""Drives Chromium by WebDriver against an echo server that it starts.

usage: browser.py ECHO [SCREENSHOT.png]
"""
import base64, json, subprocess, sys, tempfile, time, urllib.request

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


def main():
    echo = subprocess.Popen([sys.argv[1], "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    driver = None
    try:
        page = "http://" + echo.stdout.readline().split()[-1] + "/"
        driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        browse(page, port_of(driver))
    finally:
        if driver:
            driver.kill()
        echo.terminate()
        echo.wait(10)


def port_of(driver):
    for line in driver.stdout:
        if "started successfully on port" in line:
            return line.rstrip(".\n").split()[-1]
    sys.exit("chromedriver did not start")


def browse(page, port):
    with tempfile.TemporaryDirectory() as profile:
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--user-data-dir=" + profile]
        chrome = {"goog:chromeOptions": {"args": arguments}}
        base = f"http://127.0.0.1:{port}/session"
        session = base + "/" + call(base, {"capabilities": {"alwaysMatch": chrome}})["sessionId"]
        try:
            check(page, session)
        finally:
            call(session, method="DELETE")
            time.sleep(0.5)


def check(page, session):
    call(session + "/url", {"url": page})
    text = call(session + "/execute/sync", {"script": "return document.body.innerText", "args": []})
    print("page:", json.dumps(text))
    assert text.strip(), "the page is empty"
    result = call(session + "/execute/async", {"script": POST, "args": []})
    print("post of 1 MiB:", json.dumps(result))
    assert result == {"status": 200, "length": 1 << 20, "same": True}
    if len(sys.argv) > 2:
        with open(sys.argv[2], "wb") as picture:
            picture.write(base64.b64decode(call(session + "/screenshot", method="GET")))


def call(url, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


main()
