//! TCP connections that can really be cut.
//!
//! A test of "the answer never came" needs a connection that dies without a byte. Each accepted stream
//! carries a [`Line`]; once it is cut, reads and writes fail and the server drops the connection. While the
//! network is down, new connections are closed at once and open ones die at their next byte.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::connect_info::Connected,
    serve::IncomingStream,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::io::ReaderStream;

/// Whether anything gets through at all.
#[derive(Debug, Default)]
pub(crate) struct Network {
    down: AtomicBool,
}

impl Network {
    pub(crate) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    fn is_down(&self) -> bool {
        self.down.load(Ordering::SeqCst)
    }
}

/// The handle by which a request cuts its own connection.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    cut: Arc<AtomicBool>,
    network: Arc<Network>,
}

impl Line {
    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
    }

    pub(crate) fn new(network: Arc<Network>) -> Self {
        Self {
            cut: Arc::default(),
            network,
        }
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.cut.load(Ordering::SeqCst) || self.network.is_down()
    }

    fn check(&self) -> io::Result<()> {
        if self.is_dead() {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    }
}

impl Connected<IncomingStream<'_, Door>> for Line {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        stream.io().line.clone()
    }
}

/// The listening socket.
pub(crate) struct Door {
    listener: TcpListener,
    network: Arc<Network>,
}

impl Door {
    pub(crate) fn new(listener: TcpListener, network: Arc<Network>) -> Self {
        Self { listener, network }
    }
}

impl axum::serve::Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) if self.network.is_down() => drop(stream),
                Ok((stream, from)) => {
                    let line = Line::new(Arc::clone(&self.network));
                    return (Wire { stream, line }, from);
                }
                // Out of file descriptors, most likely; they come back.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One accepted connection.
pub(crate) struct Wire {
    stream: TcpStream,
    line: Line,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        match self.line.check() {
            Ok(()) => read,
            Err(dead) => Poll::Ready(Err(dead)),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.line.check() {
            Ok(()) => Pin::new(&mut self.stream).poll_write(cx, buf),
            Err(dead) => Poll::Ready(Err(dead)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.line.check() {
            Ok(()) => Pin::new(&mut self.stream).poll_flush(cx),
            Err(dead) => Poll::Ready(Err(dead)),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A body of these bytes, whose connection dies after them.
pub(crate) fn cut_after(bytes: Bytes) -> Body {
    Body::from_stream(ReaderStream::new(CutAfter {
        bytes,
        is_sent: false,
    }))
}

struct CutAfter {
    bytes: Bytes,
    is_sent: bool,
}

impl AsyncRead for CutAfter {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.bytes.is_empty() {
            let room = buf.remaining().min(self.bytes.len());
            buf.put_slice(&self.bytes.split_to(room));
            return Poll::Ready(Ok(()));
        }
        if self.is_sent {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        // The server writes out what it has while it waits for more.
        self.is_sent = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
