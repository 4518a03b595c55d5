//! Free ports on loopback for programs that want to be told one.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the search goes on. Ports are never handed out twice in one process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Below the ports that the system gives to connections, and above those where baresip sends sound: else somebody
/// takes the port before the program does that it is meant for.
const FIRST: u32 = 21_000;
const COUNT: u32 = 10_000;

/// A port that is free for TCP and for UDP, and so are the next three: SIP over TLS takes the port after the one it was
/// given, and sipp the second after that for sound.
pub fn free_port() -> u16 {
    // Two test runs at a time begin at different places.
    let start = std::process::id().wrapping_mul(64);
    for _ in 0..COUNT {
        let step = NEXT.fetch_add(4, Ordering::Relaxed);
        let port = u16::try_from(FIRST + (start.wrapping_add(step)) % COUNT).unwrap();
        if (port..port + 4).all(is_free) {
            return port;
        }
    }
    panic!("no free port on loopback");
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
        && UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Whether somebody listens on this TCP port of loopback.
pub fn is_open(port: u16) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}
