//! `firesteel serve` as its users start it: on the loopback without a token, elsewhere with one.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{firesteel, output};

#[tokio::test]
async fn the_network_is_not_served_without_a_token() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [
        &["--listen", "0.0.0.0:0"][..],
        &["--listen", "[::]:0"],
        &["--listen", "0.0.0.0:0", "--token-env", "NOT_SET"],
        &["--listen", "0.0.0.0:0", "--token-env", "EMPTY"],
        &["--listen", "0.0.0.0:0", "--token-command", "true"],
        &[
            "--listen",
            "0.0.0.0:0",
            "--token-command",
            "echo s3cret; exit 1",
        ],
    ] {
        let arguments = [&["serve"], arguments].concat();
        let mut command = firesteel(home.path(), &arguments);
        let ended = output(command.env("EMPTY", "").env("PATH", "/usr/bin:/bin")).await;
        assert!(!ended.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("token") || said.contains("NOT_SET"), "{said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
}

#[tokio::test]
async fn with_a_token_only_who_shows_it_is_served() {
    let home = tempfile::tempdir().unwrap();
    for token in [
        ["--token-env", "TOKEN"],
        ["--token-command", "echo s3cret; echo more"],
    ] {
        let arguments = [&["serve", "--listen", "0.0.0.0:0"][..], &token].concat();
        let mut command = firesteel(home.path(), &arguments);
        command.env("TOKEN", "s3cret").env("PATH", "/usr/bin:/bin");
        let mut server = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut out = BufReader::new(server.stdout.take().unwrap());
        out.read_line(&mut line).await.unwrap();
        assert!(!line.contains("s3cret"), "{line}");
        let port: u16 = line
            .split([':', '/'])
            .rev()
            .nth(2)
            .unwrap()
            .parse()
            .unwrap();
        for (header, status) in [
            ("", "401"),
            ("Authorization: Bearer no\r\n", "401"),
            ("Authorization: Bearer s3cret\r\n", "200"),
        ] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            let request =
                format!("GET /v1/models HTTP/1.1\r\nHost: h\r\nConnection: close\r\n{header}\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        }
        server.kill().await.unwrap();
    }
}
