"""The app behind nginx: with docs/nginx.conf as it is (a path, a password, encryption), and with careless configurations."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from browser import ROOT
from documents import command
from odd_archives import Entry, archive, good
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sessions import FOLDER, asked_for, free_port, running, session, wait_until

RECIPE = (ROOT / "docs" / "nginx.conf").read_text()
NAME, PASSWORD = "ana", "not-so-secret"
AROUND = """
user root; daemon off; worker_processes 1; pid nginx.pid; error_log stderr;
events { worker_connections 256; }
http { access_log off; client_body_temp_path a; proxy_temp_path b; fastcgi_temp_path c; uwsgi_temp_path d; scgi_temp_path e; %s }
"""
CARELESS = """
server {
    listen 127.0.0.1:%d;
    location / {
        proxy_pass http://127.0.0.1:%d; proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; %s
    }
}
"""


@contextmanager
def nginx(configuration: str, port: int, home: Path) -> Iterator[None]:
    """nginx for the length of the block. Where it is not installed tests skip; under CI=true they fail."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        absent = "nginx is not installed"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    file, log = home / "nginx.conf", home / "nginx.log"
    file.write_text(AROUND % configuration)
    with log.open("w") as out:
        process = subprocess.Popen([path, "-p", home, "-c", file], stdout=out, stderr=out)
    try:
        wait_until(lambda: process.poll() is not None or listens(port), "nginx did not start")
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(10)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures that the server would show to this computer."""
    folder = tmp_path_factory.mktemp("shared")
    for number in range(5):
        Image.fromarray(np.full((20, 20), 40 * number, np.uint8)).save(folder / f"{number}.png")
    return folder


# ---- As in the recipe --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def proxied(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the app is behind the recipe, in which only ports, files and the name are others."""
    home, port = tmp_path_factory.mktemp("nginx"), free_port()
    key, certificate, passwords = (home / name for name in ("key.pem", "certificate.pem", "passwords"))
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    passwords.write_text(f"{NAME}:{{PLAIN}}{PASSWORD}\n")
    where = {"VAE_FOLDERS": str(shared), "VAE_CHECKPOINTS": str(home / "checkpoints"), "VAE_DATA": str(home / "data")}
    shutil.copytree(ROOT / "checkpoints" / "mnist-2d", home / "checkpoints" / "mnist-2d")
    with running(command("baseUrlPath").replace("vae.school.example", "127.0.0.1"), home / "log", path="/vae", **where) as server:
        put = {"443 ssl": f"127.0.0.1:{port} ssl", "http://127.0.0.1:8501": f"http://127.0.0.1:{server.port}"}
        put |= {"/etc/ssl/vae.school.example.pem": str(certificate), "/etc/ssl/vae.school.example.key": str(key)}
        put |= {"/etc/nginx/vae.htpasswd": str(passwords)}
        recipe = RECIPE
        for given, here in put.items():
            assert recipe.count(given) == 1
            recipe = recipe.replace(given, here)
        with nginx(recipe, port, home):
            yield f"https://127.0.0.1:{port}/vae/"


@pytest.fixture
def page(browser: Browser, proxied: str) -> Iterator[Page]:
    """A page of somebody who knows the password; it asks nothing of others and complains of nothing."""
    context = browser.new_context(ignore_https_errors=True, http_credentials={"username": NAME, "password": PASSWORD})
    context.set_default_timeout(30_000)
    page, complaints = context.new_page(), []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url.startswith((proxied, "data:", "blob:")) or complaints.append(request.url))
    page.on("response", lambda got: got.status >= 400 and "_stcore" not in got.url and complaints.append(f"{got.status} {got.url}"))
    yield page
    context.close()
    assert complaints == []


def settled(page: Page) -> None:
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning", timeout=30_000)


def test_nobody_comes_in_without_the_password(proxied: str) -> None:
    for path in ("", "_stcore/health", "_stcore/stream", "media/x.png"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(proxied + path, context=ssl._create_unverified_context())


def test_pages_components_pictures_and_downloads_work_there(page: Page, proxied: str, tmp_path: Path) -> None:
    page.goto(proxied)
    settled(page)
    expect(page.locator(".latent-map")).to_have_attribute("data-ready", "true", timeout=30_000)
    for picture in page.locator("[data-testid=stImage] img").all():
        assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_role("button", name="More").first.click()
    page.get_by_role("menuitem", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Download").click()
    assert "network.bin" in "".join(zipfile.ZipFile(download.value.path()).namelist())
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    page.get_by_role("link", name="Reconstruct").click()
    expect(page).to_have_url(re.compile(rf"{re.escape(proxied)}reconstruct"))
    expect(page.locator(".reconstruction")).to_have_attribute("data-ready", "true", timeout=30_000)
    page.goto(f"{proxied}latent_map?run=mnist-2d&z=1,0.5")
    expect(page.locator(".latent-map")).to_have_attribute("data-point", "1.00,0.50", timeout=30_000)


def test_a_large_zip_is_uploaded_there_and_no_folder_is_offered(page: Page, proxied: str) -> None:
    page.goto(f"{proxied}train")
    settled(page)
    expect(page.get_by_role("link", name="Draw together")).to_be_visible()
    page.get_by_role("link", name="Bring your own").click()
    page.get_by_role("radio", name="ZIP").click()
    content = archive(*good(6), *(Entry(f"{number}.png", os.urandom(1_000_000)) for number in range(3)))
    page.locator("input[type=file]").set_input_files({"name": "Large.zip", "mimeType": "application/zip", "buffer": content})
    expect(page.get_by_text(re.compile(r"^\d+ pictures"))).to_be_visible(timeout=30_000)
    expect(page.get_by_role("radio", name="Pictures")).to_be_visible()
    expect(page.get_by_role("radio", name=FOLDER)).to_have_count(0)


# ---- Without care ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["proxy_set_header Host $host;", "proxy_set_header Host $http_host;", ""], ids=["name", "name and port", "own"]
)
def test_no_folder_is_listed_through_a_proxy_that_says_nothing(host: str, shared: Path, straight: int, tmp_path: Path) -> None:
    port = free_port()
    with nginx(CARELESS % (port, straight, host), port, tmp_path):
        for how in ({}, {"X_Forwarded_For": "127.0.0.1"}, {"origin": None}):
            with session(f"http://127.0.0.1:{port}", **how) as other:
                shown = asked_for(other, shared)
            assert "5 pictures" not in shown
            assert FOLDER not in shown
    with session(f"http://127.0.0.1:{straight}") as here:
        assert "5 pictures" in asked_for(here, shared)


@pytest.fixture(scope="module")
def straight(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server as it is started on one's own computer."""
    own = tmp_path_factory.mktemp("straight")
    where = {"VAE_FOLDERS": str(shared), "VAE_CHECKPOINTS": str(own / "checkpoints"), "VAE_DATA": str(own / "data")}
    with running("streamlit run app.py", own / "log", **where) as server:
        yield server.port
