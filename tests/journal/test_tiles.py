"""Exported files: what is written, in which order, and that reading takes nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entente.errors import EntenteError, JournalError, LimitError, MalformedError, UnknownKeyError
from entente.journal.checkpoint import Checkpoint, sign_checkpoint
from entente.journal.tiles import log_files, read_log, tile_path
from entente.journal.tree import EMPTY, leaf_hashes
from tests.journal import plain
from tests.vectors.synthetic import LOG, ORIGIN, PARTNER_LOG, STRANGER, plain_entries


def note_of(entries: list[bytes]) -> bytes:
    tree = EMPTY.extend(leaf_hashes(entries))
    return sign_checkpoint(Checkpoint(ORIGIN, tree.size, tree.root()), LOG).to_bytes()


def exported(entries: list[bytes]) -> dict[str, bytes]:
    return dict(log_files(note_of(entries), entries))


@settings(deadline=None, max_examples=40)
@given(entries=st.lists(st.binary(max_size=40), max_size=600))
def test_what_is_exported_reads_back(entries):
    assert read_log(exported(entries).get, LOG.verifier) == entries


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        (0, ["checkpoint"]),
        (1, ["tile/entries/000.p/1", "tile/0/000.p/1", "checkpoint"]),
        (255, ["tile/entries/000.p/255", "tile/0/000.p/255", "checkpoint"]),
        (256, ["tile/entries/000", "tile/0/000", "tile/1/000.p/1", "checkpoint"]),
        (
            257,
            [
                "tile/entries/000",
                "tile/0/000",
                "tile/entries/001.p/1",
                "tile/0/001.p/1",
                "tile/1/000.p/1",
                "checkpoint",
            ],
        ),
    ],
)
def test_the_files_of_a_journal_in_the_order_to_write_them(size, paths):
    assert [path for path, _ in log_files(note_of(plain_entries(size)), plain_entries(size))] == paths


def test_a_large_journal_has_three_levels_and_every_hash_in_its_place():
    entries = plain_entries(65_539)
    files = exported(entries)
    hashes = leaf_hashes(entries)
    level1 = [EMPTY.extend(hashes[at : at + 256]).root() for at in range(0, 65_536, 256)]
    assert len(files) == 257 + 257 + 1 + 1 + 1
    assert files["tile/entries/256.p/3"] == b"".join(
        len(each).to_bytes(2, "big") + each for each in entries[65_536:]
    )
    assert files["tile/0/256.p/3"] == b"".join(hashes[65_536:])
    assert files["tile/1/000"] == b"".join(level1)
    assert files["tile/2/000.p/1"] == EMPTY.extend(level1).root() == EMPTY.extend(hashes[:65_536]).root()
    assert "tile/1/001.p/0" not in files
    assert next(reversed(files)) == "checkpoint"
    assert read_log(files.get, LOG.verifier) == entries


def test_each_bundle_of_entries_is_written_before_the_hashes_over_it():
    seen = set()
    for path, _ in log_files(note_of(plain_entries(1_000)), plain_entries(1_000)):
        seen.add(path)
        if path.startswith("tile/0/"):
            assert path.replace("tile/0/", "tile/entries/") in seen


def test_exporting_reads_the_entries_once_and_as_they_come():
    source = iter(plain_entries(600))
    files = log_files(note_of(plain_entries(600)), source)
    assert next(files)[0] == "tile/entries/000"
    assert next(source) == b"entry 256"


@pytest.mark.parametrize("made", [plain_entries(299), plain_entries(301), plain_entries(300)[::-1]])
def test_no_checkpoint_is_given_out_for_other_entries(made):
    written = []
    with pytest.raises(JournalError):
        written.extend(path for path, _ in log_files(note_of(plain_entries(300)), made))
    assert "checkpoint" not in written


def test_an_entry_that_no_tile_can_hold_is_refused():
    assert len(exported([bytes(65_535)])) == 3
    with pytest.raises(LimitError):
        exported([bytes(65_536)])


@pytest.mark.parametrize(
    ("level", "n", "width"), [(0, 0, 0), (0, 0, 257), (0, -1, 256), ("entries", 0, 0), ("payload", 0, -1)]
)
def test_a_tile_that_cannot_be_has_no_path(level, n, width):
    with pytest.raises(MalformedError):
        tile_path(level, n, width)


@pytest.mark.parametrize("size", [1, 3])
def test_any_byte_changed_is_refused(size):
    files = exported(plain_entries(size))
    for path, data in files.items():
        for at in range(len(data)):
            for flip in (0x01, 0x20, 0x80):
                changed = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
                with pytest.raises(EntenteError):
                    read_log({**files, path: changed}.get, LOG.verifier)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), size=st.sampled_from([255, 256, 257, 600]))
def test_any_byte_changed_in_a_larger_journal_is_refused(data, size):
    files = exported(plain_entries(size))
    path = data.draw(st.sampled_from(sorted(files)))
    at = data.draw(st.integers(0, len(files[path]) - 1))
    flip = data.draw(st.integers(1, 255))
    changed = files[path][:at] + bytes([files[path][at] ^ flip]) + files[path][at + 1 :]
    with pytest.raises(EntenteError):
        read_log({**files, path: changed}.get, LOG.verifier)


def test_any_file_missing_is_refused():
    files = exported(plain_entries(600))
    for path in files:
        with pytest.raises(JournalError):
            read_log({name: data for name, data in files.items() if name != path}.get, LOG.verifier)


@pytest.mark.parametrize("key", [PARTNER_LOG, STRANGER], ids=["partner", "non-party"])
def test_a_journal_is_read_with_the_key_of_its_author_only(key):
    with pytest.raises(UnknownKeyError):
        read_log(exported(plain_entries(3)).get, key.verifier)


def test_the_root_in_the_checkpoint_is_the_plain_one():
    entries = plain_entries(300)
    checkpoint = Checkpoint.parse(exported(entries)["checkpoint"].decode().split("\n\n")[0] + "\n")
    assert checkpoint.root == plain.root(entries)
