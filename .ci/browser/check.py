"""Checks the page of `cargo local` as a person sees it: `check.py PROGRAM [--write]`. `.ci/page` runs it."""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import boto3
import botocore.config
from botocore.exceptions import ClientError
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

SCREENSHOT = pathlib.Path(__file__).parents[2] / "docs" / "cargo-local.png"
LARGE, SMALL = (1080, 700), (360, 800)
# Nothing of the browser's own may leave the machine.
FLAGS = """--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync --hide-scrollbars --lang=en""".split()
OPTIONS = {
    "region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local",
    # Each call is one line of the page.
    "config": botocore.config.Config(retries={"total_max_attempts": 1}),
}
# As an item may have them that was not written by the service.
HOSTILE_MEETING = "<script>document.title = 'broken'</script>\u202eevil"
HOSTILE_USER = "<img src=x onerror=\"document.title = 'broken'\">" + "x" * 900


class Page:
    """The page in a window."""

    def __init__(self, driver, url):
        self.driver = driver
        driver.get(url)
        self.wait_for("live", lambda: self.text("#live") == "live")

    def texts(self, selector):
        """The visible text of each element, at one moment: the page makes its elements anew every second."""
        script = "return [...document.querySelectorAll(arguments[0])].map((found) => found.innerText)"
        return self.driver.execute_script(script, selector)

    def text(self, selector):
        [text] = self.texts(selector)
        return text

    def wait_for(self, what, is_there):
        WebDriverWait(self.driver, 20).until(lambda _: is_there(), what)

    def shows(self, what, selector="main"):
        self.wait_for(f"{what!r} in {selector}", lambda: what in self.text(selector))

    def fits(self):
        """Whether nothing is wider than the window."""
        script = "const root = document.documentElement; return root.scrollWidth <= root.clientWidth"
        return self.driver.execute_script(script)


def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome")
    for flag in [*FLAGS, f"--user-data-dir={tempfile.mkdtemp(dir=folder)}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


def check(driver, api, dynamodb):
    driver.set_window_size(*LARGE)
    page = Page(driver, f"{api}/")
    page.shows("There is no meeting yet")
    page.shows(f"export AWS_ENDPOINT_URL_CHIME_SDK_MEETINGS={api}", "#calls")
    page.shows("No request yet")

    # What happens appears by itself.
    chime = boto3.client("chime-sdk-meetings", endpoint_url=api, **OPTIONS)
    features = {"Attendee": {"MaxCount": 2}, "Video": {"MaxResolution": "HD"}}
    meeting = chime.create_meeting(
        ClientRequestToken="standup", ExternalMeetingId="standup", MediaRegion="eu-central-1", MeetingFeatures=features
    )["Meeting"]["MeetingId"]
    alice = chime.create_attendee(MeetingId=meeting, ExternalUserId="alice@example.com")["Attendee"]
    receiving = {"Audio": "SendReceive", "Video": "Receive", "Content": "None"}
    bob = chime.create_attendee(MeetingId=meeting, ExternalUserId="bob@example.com", Capabilities=receiving)["Attendee"]
    chime.create_attendee(MeetingId=meeting, ExternalUserId="alice@example.com")
    page.shows("bob@example.com")
    [card] = page.texts("article")
    for expected in ["standup", "full", "2 of 2 seats", "eu-central-1", "video up to HD", meeting]:
        assert expected in card, card
    assert re.search(r"ends in (1 d 0 h|23 h \d+ min)", card), card
    rows = [row.split() for row in page.texts("tbody tr")]
    assert [row[:4] for row in rows] == [
        ["alice@example.com", "both", "both", "both"],
        ["bob@example.com", "both", "receive", "none"],
    ], rows
    assert page.text("#counts") == "1 active meeting"
    lines = page.texts("#lines li")
    assert len(lines) == 4 and "CreateMeeting" in lines[-1], lines
    for expected in ["CreateAttendee", "200 Success", "replay", "in standup"]:
        assert expected in lines[0], lines
    assert not driver.find_element(By.ID, "refusal").is_displayed()

    # Why is a join refused?
    for user in ["bob@example.com", "carol@example.com"]:
        try:
            chime.create_attendee(MeetingId=meeting, ExternalUserId=user)
            raise AssertionError("it is refused")
        except ClientError as error:
            page.shows(error.response["Error"]["Message"], "#refusal")
            page.shows(error.response["Error"]["Message"], "#lines")
    page.shows("Last refusal: CreateAttendee in standup", "#refusal")
    if writes:
        driver.save_screenshot(str(SCREENSHOT))
    # With the keyboard: from the beginning of the page to the box, which a space ticks.
    driver.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert driver.switch_to.active_element.get_attribute("id") == "refused"
    driver.switch_to.active_element.send_keys(Keys.SPACE)
    page.wait_for("only refused ones", lambda: len(page.texts("#lines li")) == 2)
    driver.switch_to.active_element.send_keys(Keys.SPACE)

    chime.delete_attendee(MeetingId=meeting, AttendeeId=bob["AttendeeId"])
    page.wait_for("the deleted attendee", lambda: any("deleted" in row for row in page.texts("tbody tr")))

    # What an item holds is text, whatever it is.
    items = boto3.client("dynamodb", endpoint_url=dynamodb, **OPTIONS)
    hostile = chime.create_meeting(ClientRequestToken="hostile", ExternalMeetingId="hostile", MediaRegion="us-east-1")
    key = {"MeetingId": {"S": hostile["Meeting"]["MeetingId"]}}
    items.update_item(
        TableName="rollcall-meetings", Key=key, UpdateExpression="SET ExternalMeetingId = :id",
        ExpressionAttributeValues={":id": {"S": HOSTILE_MEETING}},
    )
    attendee = {**key, "ExternalUserId": {"S": HOSTILE_USER}, "AttendeeId": {"S": "x"}, "JoinToken": {"S": "secret"}}
    items.put_item(TableName="rollcall-attendees", Item=attendee)
    page.shows(HOSTILE_MEETING.replace("\u202e", "\\u{202e}"))
    page.shows(HOSTILE_USER[:100] + "…")
    assert driver.title == "cargo local", driver.title
    assert page.fits()

    # A small window, such as a phone's, shows the same, one below the other.
    screen = {"width": SMALL[0], "height": SMALL[1], "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    page.wait_for("a small window", page.fits)
    tops = [driver.find_element(By.ID, name).rect for name in ["meetings", "lines"]]
    assert tops[0]["y"] + tops[0]["height"] <= tops[1]["y"], tops
    for selector in ["article", "#lines li", "#refusal"]:
        assert all(text for text in page.texts(selector)), selector

    # Every text has enough contrast, light and dark.
    for scheme in ["light", "dark"]:
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": media})
        low = driver.execute_script(CONTRAST)
        assert low == [], f"{scheme}: {low}"

    chime.delete_meeting(MeetingId=meeting)
    page.wait_for("the ended meeting", lambda: any("ended" in text for text in page.texts("article")))

    source = driver.page_source + driver.execute_script("return document.body.innerText")
    for token in [alice["JoinToken"], bob["JoinToken"], "secret"]:
        assert token not in source
    requests = driver.execute_script("return performance.getEntriesByType('resource').map((it) => it.name)")
    assert set(requests) == {f"{api}/_local/state"}, set(requests)
    errors = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == [], errors


# The texts whose contrast with their background is less than 4.5, which WCAG 2 asks for.
CONTRAST = """
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
  .map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const back = (node) => {
  const color = parse(getComputedStyle(node).backgroundColor);
  return color.length === 3 || color[3] > 0 ? color : back(node.parentElement);
};
const low = [];
for (const node of document.querySelectorAll("body *")) {
  const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  if (!own || !node.checkVisibility() || node.tagName === "SCRIPT") continue;
  const [a, b] = [light(parse(getComputedStyle(node).color)), light(back(node))].sort((x, y) => y - x);
  if ((a + 0.05) / (b + 0.05) < 4.5) low.push(node.textContent.slice(0, 40));
}
return low;
"""

with tempfile.TemporaryDirectory() as folder:
    writes = "--write" in sys.argv
    command = [sys.argv[1], "--port", "4000" if writes else "0", "--dynamodb-port", "0"]
    log = open(f"{folder}/log", "w+")
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    driver = browser()
    try:
        check(driver, *(program.stdout.readline().split()[1] for _ in range(2)))
    except BaseException:
        log.seek(0)
        print(log.read(), driver.find_element(By.TAG_NAME, "body").text, file=sys.stderr)
        raise
    finally:
        driver.quit()
        program.terminate()
        program.wait()
print("the page shows what it must")
