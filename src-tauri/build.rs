//! Lets the toolkit read its configuration and the windows' permissions.

fn main() {
    let permissions =
        tauri_build::AppManifest::new().permissions_path_pattern("src-tauri/permissions/*.toml");
    let attributes = tauri_build::Attributes::new().app_manifest(permissions);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error=cannot read the app's configuration: {error:#}");
    }
}
