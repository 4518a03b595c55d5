//! The smallest program of the same toolkit: as many windows as its argument says, each with a page of one line, and
//! nothing else. What Callside's memory is compared with.

use tauri::http::Response;
use tauri::{WebviewUrl, WebviewWindowBuilder};

const PAGE: &[u8] = b"<!doctype html><title>Bare</title><p>Bare</p>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 2,
    };
    tauri::Builder::default()
        .register_uri_scheme_protocol("bare", |_, _| {
            let mut page = Response::new(PAGE.to_vec());
            let html = tauri::http::HeaderValue::from_static("text/html");
            page.headers_mut().insert("content-type", html);
            page
        })
        .setup(move |app| {
            for number in 0..count {
                let page = WebviewUrl::CustomProtocol("bare://localhost/".parse()?);
                WebviewWindowBuilder::new(app, format!("bare-{number}"), page)
                    .title("Bare")
                    .build()?;
            }
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
