//! The smallest program of the same toolkit: as many empty windows as its argument says, and nothing else. What
//! Callside's memory is compared with.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 2,
    };
    tauri::Builder::default()
        .setup(move |app| {
            for number in 0..count {
                let blank = tauri::WebviewUrl::External("about:blank".parse()?);
                tauri::WebviewWindowBuilder::new(app, format!("bare-{number}"), blank)
                    .title("Bare")
                    .build()?;
            }
            Ok(())
        })
        .run(tauri::generate_context!())?;
    Ok(())
}
