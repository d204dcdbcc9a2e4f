import time

from tests.clients import Client, Server, eventually, text_event


def test_a_socket_file_that_was_removed_is_made_again(serve, monkeypatch):
    monkeypatch.setattr("edge.outputs.socket.acceptor.LOOK_S", 0.05)
    server = serve()
    old = serve.connect(server)
    old.sync()
    for _ in range(2):
        server.path.unlink()
        assert eventually(server.path.exists)
        late = serve.connect(server)
        late.sync()
        assert server.path.stat().st_mode & 0o777 == 0o660
        server.publish(text_event("both"))
        assert [old.until("partial")["text"], late.until("partial")["text"]] == ["both"] * 2
    server.close()
    assert not server.path.exists()


def test_a_socket_folder_that_was_removed_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr("edge.outputs.socket.acceptor.LOOK_S", 0.05)
    server = Server(tmp_path / "run" / "s")
    (tmp_path / "run").rename(tmp_path / "gone")
    assert eventually(server.path.exists)
    client = Client(server.path)
    client.sync()
    client.close()
    server.close()


def test_what_took_the_place_of_the_socket_is_left_alone(serve, monkeypatch, caplog):
    monkeypatch.setattr("edge.outputs.socket.acceptor.LOOK_S", 0.05)
    server = serve()
    client = serve.connect(server)
    server.path.unlink()
    server.path.write_text("precious")
    assert eventually(lambda: "nobody can connect any more" in caplog.text)
    client.sync()
    time.sleep(0.2)
    assert caplog.text.count("nobody can connect") == 1
    server.close()
    assert server.path.read_text() == "precious"
