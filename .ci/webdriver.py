"""Chromium by WebDriver, headless, with a profile of its own, for as long as a `with` lasts."""
import base64, json, subprocess, sys, tempfile, time, urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __enter__(self):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--user-data-dir=" + self.profile.name]
        chrome = {"goog:chromeOptions": {"args": arguments}}
        base = f"http://127.0.0.1:{self._port()}/session"
        self.session = base + "/" + call(base, {"capabilities": {"alwaysMatch": chrome}})["sessionId"]
        return self

    def __exit__(self, *_):
        call(self.session, method="DELETE")
        time.sleep(0.5)
        self.driver.kill()
        self.driver.wait()
        self.profile.cleanup()

    def _port(self):
        for line in self.driver.stdout:
            if "started successfully on port" in line:
                return line.rstrip(".\n").split()[-1]
        sys.exit("chromedriver did not start")

    def open(self, page):
        call(self.session + "/url", {"url": page})

    def run(self, script, *arguments):
        """What a script returns."""
        return call(self.session + "/execute/sync", {"script": script, "args": list(arguments)})

    def run_async(self, script):
        """What a script gives to the function that is its last argument."""
        return call(self.session + "/execute/async", {"script": script, "args": []})

    def wait(self, script, seconds=30):
        """What a script returns, once that is not nothing."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(script)
            if value is not None:
                return value
            assert time.monotonic() < end, "never: " + script
            time.sleep(0.05)

    def type(self, selector, text):
        call(f"{self._element(selector)}/value", {"text": text})

    def click(self, selector):
        call(f"{self._element(selector)}/click", {})

    def _element(self, selector):
        found = call(self.session + "/element", {"using": "css selector", "value": selector})
        return f"{self.session}/element/{found[ELEMENT]}"

    def screenshot(self, path):
        with open(path, "wb") as picture:
            picture.write(base64.b64decode(call(self.session + "/screenshot", method="GET")))


def call(url, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]
