//! What lies between: TLS by a private authority, and proxies, for both transports.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use firesteel_model::{Client, Endpoint, Error, Network, Options, Priority, Transport};
use firesteel_testkit::script::tls::Authority;
use firesteel_testkit::script::{Connection, Reply, Script, Server};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::helper::{ask, options, start};

fn saved(authority: &Authority) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(authority.pem.as_bytes()).expect("a disk");
    file
}

fn client_to(url: String, network: Network) -> Client {
    Client::new(
        Endpoint::url(url),
        Options {
            network,
            ..options()
        },
    )
}

fn trusting(file: Option<&Path>) -> Network {
    Network {
        ca_file: file.map(Path::to_owned),
        ..Network::default()
    }
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_told() {
    let authority = Authority::new().expect("certificates");
    let file = saved(&authority);
    for (status, transport) in [(None, Transport::Socket), (Some(426), Transport::Http)] {
        let connection = Connection {
            upgrade_status: status,
            ..Connection::new()
        };
        let script = Script::new()
            .tls(Arc::clone(&authority.server))
            .otherwise(connection)
            .reply(Reply::text("good"));
        let server = start(script).await;
        let client = client_to(server.url(), trusting(Some(file.path())));
        assert_eq!(ask(&client, Priority::Inline).await.as_deref(), Ok("good"));
        assert_eq!(client.transport(), transport);
        let wary = client_to(server.url(), trusting(None));
        assert!(matches!(
            ask(&wary, Priority::Inline).await,
            Err(Error::Disconnected { .. })
        ));
    }
    let server = start(Script::new().tls(authority.server)).await;
    let wrong = client_to(server.url(), trusting(Some(Path::new("/no/such/file"))));
    let error = ask(&wrong, Priority::Inline)
        .await
        .expect_err("there is no such file");
    assert!(error.to_string().contains("/no/such/file"), "{error}");
}

/// A proxy that takes every CONNECT to the scripted server; gives its port and the heads of requests.
async fn proxy(server: &Server) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let (target, seen) = (server.address, Arc::clone(&heads));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connect_through(stream, target, Arc::clone(&seen)));
        }
    });
    (port, heads)
}

async fn connect_through(
    stream: TcpStream,
    target: std::net::SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
) {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let allowed = head.contains("Basic bWU6c2VjcmV0");
    heads
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(head);
    if !allowed {
        let _ = stream
            .write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
            .await;
        return;
    }
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
    if let Ok(mut server) = TcpStream::connect(target).await {
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    }
}

#[tokio::test]
async fn a_proxy_is_honoured_by_both_transports() {
    for status in [None, Some(426)] {
        let connection = Connection {
            upgrade_status: status,
            ..Connection::new()
        };
        let server = start(
            Script::new()
                .otherwise(connection)
                .reply(Reply::text("good")),
        )
        .await;
        let (port, heads) = proxy(&server).await;
        let with = |user: &str| {
            let url = format!("http://{user}@127.0.0.1:{port}");
            let network =
                Network::from_environment(|name| (name == "HTTP_PROXY").then(|| url.clone()));
            client_to("ws://model.example:8080/v1/responses".to_owned(), network)
        };
        assert_eq!(
            ask(&with("me:secret"), Priority::Inline).await.as_deref(),
            Ok("good"),
            "{status:?}"
        );
        let heads = heads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert!(
            heads
                .iter()
                .all(|head| head.starts_with("CONNECT model.example:8080 HTTP/1.1\r\n")),
            "{heads:?}"
        );
        let error = ask(&with("me:wrong"), Priority::Inline)
            .await
            .expect_err("the proxy refuses");
        assert!(error.to_string().contains("407"), "{error}");
    }
}
