"""An archive holds a whole exam, proves itself, and does no harm whoever wrote it."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import stat
import subprocess
import sys
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from quizgen.assigning import assign
from quizgen.desk import grade_files
from quizgen.errors import QuizgenError
from quizgen.exam.tags import write_tag
from quizgen.keeping import proving
from quizgen.keeping.archive import MANIFEST, TOP, write_archive
from quizgen.keeping.proving import verify_archive
from quizgen.regrading import regrade

STUDENTS = ("ann", "bob", "cara")


@pytest.fixture(scope="module")
def made(make_small, tmp_path_factory):
    """An exam with a secret, added to, graded and revised."""
    folder = tmp_path_factory.mktemp("archive") / "exam"
    exam = make_small(folder, 4, STUDENTS, seed=None)
    assign(folder, write_tag(exam.code, 4), "cara", reason="lost")
    with (folder.parent / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("student", "Q1.double"), ("ann", 1), ("bob", "two?")])
    grade_files(folder, [folder.parent / "a.csv"], report=False)
    text = (folder / "problems" / "alpha.md").read_text(encoding="utf-8").replace("double + 7", "double + 8")
    regrade(folder, {"problems/alpha.md": text}, reason="a slip in the key", write=True)
    (folder / "notes.txt").write_text("seen by the board", encoding="utf-8")
    return folder


@pytest.fixture
def exam(made, tmp_path):
    return shutil.copytree(made, tmp_path / "exam", symlinks=True)


@pytest.fixture(scope="module")
def archive(made):
    return write_archive(made, made.parent / "archive.zip").place


def test_an_archive_is_the_folder_without_its_secret_and_proves_itself(made, archive):
    with ZipFile(archive) as file:
        names = file.namelist()
        packed = {name.removeprefix(TOP): file.read(name) for name in names if name != MANIFEST}
        listed = json.loads(file.read(MANIFEST))
        assert {member.date_time for member in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    kept = [path for path in made.rglob("*") if path.is_file() and not path.relative_to(made).parts[0].startswith(".")]
    there = {path.relative_to(made).as_posix(): path.read_bytes() for path in kept}
    results = (made / "results").resolve()
    there |= {
        f"results/{path.relative_to(results)}": path.read_bytes() for path in results.rglob("*") if path.is_file()
    }
    secret = there.pop("staff/secret.txt")
    assert packed == there
    assert {"results/grades.csv", "log.jsonl", "notes.txt", "revisions/001/floors.csv"} <= packed.keys()
    assert not any(secret.strip() in data for data in packed.values())
    assert listed["files"] == {
        path: [len(data), hashlib.sha256(data).hexdigest()] for path, data in sorted(packed.items())
    }
    found = verify_archive(archive)
    assert (found.files, found.entries, found.secret) == (len(packed), 4, False)
    assert found.sha256 == hashlib.sha256(archive.read_bytes()).hexdigest()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_the_same_folder_gives_the_same_bytes_wherever_and_whenever(exam, archive, tmp_path):
    (exam / "added").mkdir(exist_ok=True)
    (exam / "added" / "001.partial").mkdir()
    (exam / "added" / "001.partial" / "half").write_text("half-written")
    (exam / ".review.csv.partial").write_text("half-written")
    (exam / ".results-old").mkdir()
    (exam / ".results-old" / "grades.csv").write_text("replaced")
    other = write_archive(exam, tmp_path / "other.zip")
    assert other.place.read_bytes() == archive.read_bytes()
    assert not other.known
    assert write_archive(exam, tmp_path / "other.zip").known
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exam", "other.zip"]


def test_with_the_secret_if_it_is_asked_for(exam, tmp_path):
    done = write_archive(exam, tmp_path / "whole.zip", with_secret=True)
    with ZipFile(done.place) as file:
        assert file.read(f"{TOP}staff/secret.txt") == (exam / "staff" / "secret.txt").read_bytes()
    assert verify_archive(done.place).secret


def test_another_archive_is_not_overwritten_and_none_lies_in_its_own_folder(exam, tmp_path):
    place = tmp_path / "taken.zip"
    place.write_text("mine")
    with pytest.raises(QuizgenError, match="exists already and holds something else"):
        write_archive(exam, place)
    assert place.read_text() == "mine"
    with pytest.raises(QuizgenError, match="would lie in the folder that it holds"):
        write_archive(exam, exam / "a.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exam", "taken.zip"]


def swap(exam, name, old, new):
    path = exam / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("log.jsonl", '"by": ""', '"by": "me"', "this entry was changed"),
        ("results/grades.csv", "ann", "eve", "is not what the last grading wrote"),
        ("problems/beta.md", "Tiny", "Tony", "was changed after the exam was made"),
        ("revisions/001/problems/alpha.md", "double + 8", "double + 9", "was changed after it was made"),
        ("papers.json", '"paper"', '"papier"', "is damaged"),
    ],
)
def test_what_cannot_be_proven_is_not_archived(exam, tmp_path, name, old, new, says):
    swap(exam, name, old, new)
    with pytest.raises(QuizgenError, match=says):
        write_archive(exam, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_links_are_not_followed(exam, tmp_path):
    (exam / "staff" / "scans").symlink_to(tmp_path)
    with pytest.raises(QuizgenError, match="staff/scans: is a link"):
        write_archive(exam, tmp_path / "a.zip")
    (exam / "staff" / "scans").unlink()
    (exam / "results").unlink()
    (exam / "results").symlink_to("..")
    with pytest.raises(QuizgenError, match=r"is damaged or missing|leads elsewhere"):
        write_archive(exam, tmp_path / "a.zip")


# ---- an archive that somebody else wrote -------------------------------------------------------------------------


def repacked(archive, out, change):
    """The archive once more, its members [(info, data)] changed."""
    with ZipFile(archive) as file:
        members = [(info, file.read(info)) for info in file.infolist()]
    with ZipFile(out, "w", ZIP_DEFLATED) as file:
        for info, data in change(members):
            file.writestr(info, data)
    return out


def put_in(name, data=b"x", mode=0o100600):
    def change(members):
        info = ZipInfo(name)
        info.external_attr, info.compress_type = mode << 16, ZIP_DEFLATED
        return [*members, (info, data)]

    return change


def with_data(name, edit):
    return lambda members: [(info, edit(data) if info.filename == name else data) for info, data in members]


def without(name):
    return lambda members: [(info, data) for info, data in members if info.filename != name]


def in_manifest(key, value):
    return with_data(MANIFEST, lambda data: json.dumps(json.loads(data) | {key: value}).encode())


def restated(name, edit):
    """A member changed, and the manifest made to fit: only the exam's own proofs can tell."""

    def change(members):
        data = edit(next(data for info, data in members if info.filename == TOP + name))

        def fitting(text):
            about = json.loads(text)
            about["files"][name] = [len(data), hashlib.sha256(data).hexdigest()]
            return json.dumps(about).encode()

        return with_data(MANIFEST, fitting)(with_data(TOP + name, lambda _: data)(members))

    return change


ZEROS = b"0" * 50_000_000
HOSTILE = {
    "zip slip": (put_in("exam/../../evil"), "a path that leads elsewhere"),
    "absolute": (put_in("/etc/evil"), "a path that leads elsewhere"),
    "a drive": (put_in("C:/evil"), "a path that leads elsewhere"),
    "backslash": (put_in("exam\\..\\evil"), "a path that leads elsewhere"),
    "line break": (put_in("exam/a\nb"), "a path that leads elsewhere"),
    "link": (put_in("exam/link", b"/etc/passwd", 0o120777), "no plain file"),
    "folder": (put_in("exam/folder/"), "a path that leads elsewhere"),
    "bomb": (put_in("exam/zeros", ZEROS), "would unpack to"),
    "put in": (put_in("exam/more.txt"), "'exam/more.txt' was put in afterwards"),
    "outside": (put_in("more.txt"), "'more.txt' was put in afterwards"),
    "taken out": (without("exam/results/marks.csv"), "'exam/results/marks.csv' is missing"),
    "changed": (with_data("exam/notes.txt", lambda data: b"S" + data[1:]), "'exam/notes.txt' is not what was archived"),
    "longer": (with_data("exam/notes.txt", lambda data: data * 2), "'exam/notes.txt' is not what was archived"),
    "no manifest": (without(MANIFEST), "has no manifest.json"),
    "bad manifest": (with_data(MANIFEST, lambda _: b"{}"), "has a manifest.json that is damaged"),
    "nested manifest": (with_data(MANIFEST, lambda _: b"[" * 100_000), "has a manifest.json that is damaged"),
    "newer": (in_manifest("archive", 2), "has format 2; this quizgen reads format 1"),
    "another exam": (in_manifest("exam", "0" * 32), "its manifest is about another exam"),
    "another log": (in_manifest("log", {"entries": 1, "head": "0" * 32}), "its manifest is about another exam"),
    "marks": (restated("results/marks.csv", lambda data: data + b"\n"), "is not what the last grading wrote"),
    "log": (restated("log.jsonl", lambda data: data[data.index(b"\n") + 1 :]), "an entry before this line was changed"),
    "cut log": (
        restated("log.jsonl", lambda data: data[: data.index(b"\n") + 1]),
        "its end was cut off|its manifest is about another exam|not what the last grading wrote",
    ),
    "variants": (restated("variants/Q1-000.npz", lambda data: data[:-9]), "cannot be read"),
    "an assignment": (
        restated("assignments/001.json", lambda data: data.replace(b"cara", b"bob")),
        "what the log says",
    ),
    "grader": (restated("grader.yaml", lambda data: data + b"\n#"), "was changed after the exam was made"),
}


@pytest.mark.parametrize(("change", "says"), HOSTILE.values(), ids=HOSTILE)
def test_an_archive_that_was_tampered_with_is_refused_in_one_line(archive, tmp_path, change, says):
    bad = repacked(archive, tmp_path / "bad.zip", change)
    with pytest.raises(QuizgenError, match=says) as refused:
        verify_archive(bad)
    told = str(refused.value)
    assert told.startswith(str(bad))
    assert "\n" not in told
    assert "quizgen-archive-" not in told, "nobody needs to know where it was unpacked"
    assert [path.name for path in tmp_path.iterdir()] == ["bad.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_comes_twice_is_refused(archive, tmp_path):
    bad = repacked(archive, tmp_path / "bad.zip", put_in("exam/exam.json", b"{}"))
    with pytest.raises(QuizgenError, match=r"holds 'exam/exam\.json' twice"):
        verify_archive(bad)


def test_sizes_that_lie_are_not_believed(archive, tmp_path):
    """A member says it has as many bytes as it should, and packs more."""
    data = bytearray(repacked(archive, tmp_path / "bad.zip", with_data("exam/notes.txt", lambda d: d * 3)).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = 0
        while (start := data.find(mark, start + 1)) >= 0:
            if data[start + offset : start + offset + 4] == (51).to_bytes(4, "little"):
                data[start + offset : start + offset + 4] = (17).to_bytes(4, "little")
    (tmp_path / "bad.zip").write_bytes(data)
    with pytest.raises(QuizgenError, match=r"notes\.txt|Bad CRC"):
        verify_archive(tmp_path / "bad.zip")


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all", b"PK\x05\x06" + bytes(18)], ids=len)
def test_what_is_no_archive_is_told(tmp_path, data):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(QuizgenError, match=r"is no archive of an exam|has no manifest"):
        verify_archive(tmp_path / "a.zip")


@pytest.mark.parametrize("cut", [0.2, 0.9, 0.999])
def test_a_download_that_broke_off_is_told(archive, tmp_path, cut):
    data = archive.read_bytes()
    (tmp_path / "a.zip").write_bytes(data[: int(len(data) * cut)])
    with pytest.raises(QuizgenError, match="is no archive of an exam, or damaged"):
        verify_archive(tmp_path / "a.zip")


def test_too_many_members_are_refused(archive, monkeypatch):
    monkeypatch.setattr(proving, "MAX_MEMBERS", 5)
    with pytest.raises(QuizgenError, match="files; the limit is 5"):
        verify_archive(archive)


# ---- the command -------------------------------------------------------------------------------------------------


def test_the_command_writes_proves_and_repeats(quizgen, made, archive, tmp_path):
    shutil.copytree(made, tmp_path / "exam", symlinks=True)
    first, again = quizgen("archive"), quizgen("archive")
    (place,) = tmp_path.glob("*.zip")
    assert place.read_bytes() == archive.read_bytes()
    assert first.out.splitlines()[0].endswith(": proven, and written")
    assert again.out.splitlines()[0].endswith(": was there already, byte for byte")
    verified = quizgen("archive", "verify", place.name)
    assert verified.out.splitlines()[0].endswith("a log of 4 lines: all as it was archived")
    assert hashlib.sha256(place.read_bytes()).hexdigest() in first.out
    assert hashlib.sha256(place.read_bytes()).hexdigest() in verified.out
    assert (first.code, again.code, verified.code) == (0, 0, 0)
    for wrong in (("archive", "verify"), ("archive", "show"), ("archive", "write", "x.zip")):
        assert quizgen(*wrong).code == 2
    assert quizgen("archive", "verify", "missing.zip").err.count("\n") == 1


def test_memory_stays_flat(made, tmp_path):
    """150 megabytes in the folder pass through a few."""
    pytest.importorskip("resource")
    big = shutil.copytree(made, tmp_path / "exam", symlinks=True)
    with (big / "scans.bin").open("wb") as file:
        file.truncate(150_000_000)
    (big / "noise.bin").write_bytes(bytes(range(256)) * 100)
    program = (
        "import resource, sys, pathlib\n"
        "from quizgen.keeping.archive import write_archive, _write, prove\n"
        "folder = pathlib.Path(sys.argv[1]); proven = prove(folder)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "with open(sys.argv[2], 'wb') as file: _write(folder, proven, file, with_secret=False)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = [sys.executable, "-c", program, str(big), str(tmp_path / "a.zip")]
    ran = subprocess.run(run, check=True, capture_output=True, text=True)
    assert int(ran.stdout) < 40_000, "kilobytes"


def test_an_unpacked_archive_is_an_exam_again(archive, made, tmp_path):
    with ZipFile(archive) as file:
        file.extractall(tmp_path)
    copy = tmp_path / "exam"
    assert (copy / "results").is_dir()
    marks = (copy / "results" / "marks.csv").read_bytes()
    grade_files(copy, [], report=False)
    assert (copy / "results" / "marks.csv").read_bytes() == marks
    assert len(list(copy.glob(".results*"))) == (copy / "results").is_symlink()
