#!/usr/bin/env python3
"""Uses report.html as a person does, in Chromium.

usage: browse_html.py REPORT        a report with at least one failure
       browse_html.py --time REPORT  how long it takes to open

Opens it, follows a link, a deep link, clicks and keys, and looks for complaints of the console.
Exit codes: 0 all is well, 1 it is not, 77 there is no Chromium here.
"""
import pathlib
import sys

import browser

FAILED = 'table.variants tr[data-standing="failed"] a'
SELECTED = '.row[aria-selected="true"]'


def overview(page, url):
    page.open(url)
    page.wait("document.documentElement.classList.contains('scripted')")
    rows = page.value("document.querySelectorAll('tr[data-trial]').length")
    assert rows > 0, "the table is empty"
    page.value("document.getElementById('search').focus()")
    page.call("Input.insertText", text="no variant is called so")
    hidden = "document.querySelectorAll('tr[data-trial][hidden]').length"
    page.wait(f"{hidden} === {rows}")
    page.value("document.getElementById('search').select()")
    page.call("Input.insertText", text=" ")
    page.wait(f"{hidden} === 0")


def failure(page):
    """A click on a failed variant, the way to its moment and to its line, and back by key."""
    page.click(FAILED)
    page.wait("document.querySelector('.timeline canvas.lanes')?.width > 0")
    page.wait("document.querySelectorAll('.list .row').length > 3")
    page.click(".reason button")
    page.wait(f"document.querySelector('{SELECTED} .kind')?.textContent === 'finding'")
    page.wait("document.querySelector('.details h3').textContent.length > 10")
    page.wait("document.querySelector('.source .line.is-bad .remark') !== null")
    page.click(".source button.step")
    page.wait(f"document.querySelector('{SELECTED} .kind')?.textContent === 'step'")
    page.wait("location.hash.includes('?at=')")
    return page.value("location.href")


def keys(page):
    """The timeline by keys: on, back, zoom, details, out."""
    at = f"document.querySelector('{SELECTED}')?.id"
    view = "document.querySelector('.view').textContent"
    page.value("document.querySelector('.scroller').focus()")
    before = page.value(at)
    page.key("ArrowRight")
    page.wait(f"{at} !== '{before}'")
    page.key("ArrowLeft")
    page.wait(f"{at} === '{before}'")
    whole = page.value(view)
    page.key("+", "+")
    page.wait(f"{view} !== {whole!r}")
    page.key("Enter")
    page.wait("document.activeElement.classList.contains('details')")
    page.key("Escape")
    page.wait("!document.getElementById('overview').hidden")
    page.wait("document.activeElement.tagName === 'A'")


def deep_link(page, url):
    page.open("about:blank")
    page.open(url)
    page.wait(f"document.querySelector('{SELECTED} .kind')?.textContent === 'step'")
    assert page.value("document.getElementById('overview').hidden"), "the overview is there too"


def main():
    path = browser.find()
    if not path:
        print("no chromium, chromium-browser or google-chrome on the PATH")
        return 77
    timed = sys.argv[1] == "--time"
    url = pathlib.Path(sys.argv[-1]).resolve().as_uri()
    page = browser.Page(path)
    try:
        if timed:
            times = sorted(page.open(url) for _ in range(5))
            print(f"opens in {times[2]:.2f} s (median of 5, {times[0]:.2f} to {times[4]:.2f})")
        else:
            overview(page, url)
            link = failure(page)
            keys(page)
            deep_link(page, link)
        assert not page.errors, f"the console complains: {page.errors}"
    finally:
        page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
