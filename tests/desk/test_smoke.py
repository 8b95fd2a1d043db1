from tests.desk.conftest import Desk
def test_pages(desk: Desk, raised: str) -> None:
    for path in ("/", f"/alerts/{raised}", "/exchange", "/agreement/gao-tillaberi"):
        page = desk.page(path)
        print(path, len(page))
    assert raised in desk.page("/")
