//! The window of a framed page. It may call no command, go nowhere else, and open nothing; closing it
//! hides it, since a page that goes ends its calls.

use tauri::{
    AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse,
};

use super::Workspace;
use super::server::{Files, Server};
use crate::wiring::cloud::Service;

/// Whether the window with this name shows a framed page.
pub fn is_one(label: &str) -> bool {
    Service::from_word(label).is_some()
}

/// The code of the windows, as it is built into the program.
pub fn files(handle: &AppHandle) -> Files {
    let handle = handle.clone();
    std::sync::Arc::new(move |path| {
        let asset = handle.asset_resolver().get(path.to_owned())?;
        Some((asset.bytes, asset.mime_type))
    })
}

/// Makes the window, with its page loading. It stays hidden until it is shown.
///
/// # Errors
/// [`tauri::Error`] when the toolkit cannot make a window.
pub fn make(
    handle: &AppHandle,
    server: &Server,
    workspace: &Workspace,
) -> tauri::Result<WebviewWindow> {
    let page: Url = server.page().parse().map_err(tauri::Error::InvalidUrl)?;
    let ours = [server.origin(), workspace.origin()];
    let vendor = workspace.vendor();
    let (width, height) = vendor.size;
    WebviewWindowBuilder::new(handle, vendor.label(), WebviewUrl::External(page))
        .title(vendor.name())
        .inner_size(width, height)
        .min_inner_size(376.0, 480.0)
        .visible(false)
        .focused(false)
        // Frames pass here too on some systems, hence the vendor's own origin; which page a
        // frame of ours may show is the page's policy, and no frame may move the window.
        .on_navigation(move |to| may_go(to, &ours))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()
}

fn may_go(to: &Url, ours: &[String]) -> bool {
    let empty = matches!(to.as_str(), "about:blank" | "about:srcdoc");
    empty || ours.contains(&to.origin().ascii_serialization())
}

/// Shows the window, where there is one.
///
/// # Errors
/// [`tauri::Error`] when the toolkit refuses.
pub fn show(handle: &AppHandle, service: Service) -> tauri::Result<()> {
    let Some(window) = handle.get_webview_window(service.as_str()) else {
        return Ok(());
    };
    window.show()?;
    window.unminimize()?;
    window.set_focus()
}

/// Hides the window; its page, and a call in it, goes on.
pub fn hide(handle: &AppHandle, label: &str) {
    if let Some(window) = handle.get_webview_window(label)
        && let Err(error) = window.hide()
    {
        tracing::error!(%error, label, "could not hide the window");
    }
}

/// Takes the window away, with its page.
pub fn close(handle: &AppHandle, service: Service) {
    if let Some(window) = handle.get_webview_window(service.as_str())
        && let Err(error) = window.destroy()
    {
        tracing::error!(%error, service = service.as_str(), "could not close the window");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_window_goes_nowhere_else() {
        let ours = ["http://localhost:4000", "https://workspace.example.test"].map(str::to_owned);
        for (to, allowed) in [
            ("http://localhost:4000/workspace.html#k", true),
            ("https://workspace.example.test/login?x=1", true),
            ("about:blank", true),
            ("http://localhost:4001/workspace.html", false),
            ("http://127.0.0.1:4000/", false),
            ("https://localhost:4000/", false),
            ("http://workspace.example.test/", false),
            ("https://workspace.example.test.evil.test/", false),
            ("https://evil.test/#http://localhost:4000", false),
            ("tauri://localhost/", false),
            ("http://tauri.localhost/", false),
            ("ipc://localhost/dial", false),
            ("file:///etc/hostname", false),
            ("data:text/html,x", false),
            ("javascript:alert(1)", false),
            ("about:config", false),
        ] {
            assert_eq!(may_go(&to.parse().unwrap(), &ours), allowed, "{to}");
        }
    }
}
