//! A server that offers HTTP/2 by TLS: it counts connections and streams, and the answers that a client leaves.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::script::tls::Authority;

/// What the server has seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Connections.
    pub connections: usize,
    /// Requests.
    pub requests: usize,
    /// Answers that were reset by the client.
    pub reset: usize,
}

/// Counts an answer as reset when it is dropped before its end.
struct Watched(watch::Sender<Seen>);

type Body = StreamBody<BoxStream<'static, Result<Frame<Bytes>, Infallible>>>;

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.send_modify(|seen| seen.reset += 1);
    }
}

/// Starts a server that answers so many requests as chat, and never ends its answers after them; its port, and what it sees.
///
/// # Errors
/// When no port is free.
pub async fn serve(
    authority: &Authority,
    whole: usize,
) -> io::Result<(u16, watch::Receiver<Seen>)> {
    let mut tls = (*authority.server).clone();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let (seen, watching) = watch::channel(Seen::default());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), seen.clone());
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                seen.send_modify(|seen| seen.connections += 1);
                let service = service_fn(|request| answer(request, seen.clone(), whole));
                let connection = http2::Builder::new(TokioExecutor::new());
                // It ends when its client goes.
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    Ok((port, watching))
}

async fn answer(
    _request: Request<Incoming>,
    seen: watch::Sender<Seen>,
    whole: usize,
) -> Result<Response<Body>, Infallible> {
    let mut number = 0;
    seen.send_modify(|seen| {
        seen.requests += 1;
        number = seen.requests;
    });
    let event = |text: &'static str| Ok(Frame::data(Bytes::from_static(text.as_bytes())));
    let begin = event("data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n");
    let end = event(
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
    );
    let body = if number <= whole {
        stream::iter([begin, end]).boxed()
    } else {
        let watched = Watched(seen);
        let rest = stream::once(async move {
            let _held = watched;
            std::future::pending().await
        });
        stream::iter([begin]).chain(rest).boxed()
    };
    let mut response = Response::new(StreamBody::new(body));
    let media_type = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}
