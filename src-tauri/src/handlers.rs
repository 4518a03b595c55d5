//! Who opens `tel:`, `callto:`, `sip:` and `callside:` links on this machine.
//!
//! `callside:` is ours and is registered at start. The others belong to whoever the agent chose:
//! they are taken only when asked, and given back on request. On Linux this goes through the
//! freedesktop tools, since a desktop file of our own can be written so that every launcher starts
//! it; elsewhere the deep-link plugin knows the system's way.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::home::{HOME_VARIABLE, Home};
use crate::wire::{HandlerStateWord, HandlerView};

/// The link schemes the doctor looks at.
pub const SCHEMES: [&str; 4] = ["callside", "tel", "callto", "sip"];

/// Why a handler cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// Not one of [`SCHEMES`].
    #[error("change the handler: this kind of link is not ours to change")]
    UnknownScheme,
    /// The system's tool is missing or refused.
    #[error("change the handler: {tool} failed")]
    Tool {
        /// Which tool.
        tool: &'static str,
    },
    /// The desktop file cannot be written.
    #[error("change the handler: the desktop file cannot be written")]
    DesktopFile(#[source] std::io::Error),
    /// This system has no way that a program may use.
    #[error("change the handler: this system asks the person, not the program")]
    AskThePerson,
}

/// Who owns a scheme, by the system's own name for it.
pub type Owner = Option<String>;

/// Reads and changes the owners.
#[derive(Debug, Clone)]
pub struct Handlers {
    program: PathBuf,
    applications: PathBuf,
    /// Distinguishes a portable data folder's handler from the installed one.
    file: String,
    home: Option<PathBuf>,
}

impl Handlers {
    /// The handlers of the running program for this home. None where the system names no home
    /// folder.
    pub fn of(home: &Home) -> Option<Self> {
        let portable = std::env::var_os(HOME_VARIABLE)
            .filter(|dir| !dir.is_empty())
            .map(|_| home.data().to_owned());
        Self::new(portable.as_deref(), home.tag())
    }

    /// The handlers of the running program. `home` is the folder of `CALLSIDE_HOME`, which a
    /// handler has to hand on.
    fn new(home: Option<&Path>, tag: &str) -> Option<Self> {
        let program = std::env::current_exe().ok()?;
        let data = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")))?;
        let file = match home {
            Some(_) => format!("callside-{tag}.desktop"),
            None => "callside-handler.desktop".to_owned(),
        };
        Some(Self {
            program,
            applications: data.join("applications"),
            file,
            home: home.map(Path::to_path_buf),
        })
    }

    /// Who owns the scheme now. None when nobody does.
    ///
    /// # Errors
    /// [`HandlerError::Tool`] when the system cannot be asked.
    pub async fn owner(&self, scheme: &str) -> Result<Owner, HandlerError> {
        let kind = mime_of(scheme)?;
        let answer = run("xdg-mime", &["query", "default", &kind]).await?;
        Ok(named(&answer))
    }

    /// Whether that owner is this program.
    pub fn is_ours(&self, owner: &Owner) -> bool {
        owner.as_deref() == Some(self.file.as_str())
    }

    /// Makes this program the owner. Returns who owned it before.
    ///
    /// # Errors
    /// [`HandlerError`].
    pub async fn take(&self, scheme: &str) -> Result<Owner, HandlerError> {
        let kind = mime_of(scheme)?;
        let before = self.owner(scheme).await?;
        let mut taken = self.offered().await;
        if !taken.iter().any(|known| known == scheme) {
            taken.push(scheme.to_owned());
        }
        self.write_desktop_file(&taken).await?;
        run("xdg-mime", &["default", &self.file, &kind]).await?;
        Ok(before.filter(|owner| owner != &self.file))
    }

    /// Gives the scheme back to an earlier owner, or to nobody.
    ///
    /// # Errors
    /// [`HandlerError`].
    pub async fn give_back(&self, scheme: &str, before: Owner) -> Result<(), HandlerError> {
        let kind = mime_of(scheme)?;
        match before {
            Some(owner) if is_desktop_name(&owner) => {
                run("xdg-mime", &["default", &owner, &kind]).await?;
            }
            _ => self.drop_association(&kind).await?,
        }
        let mut taken = self.offered().await;
        taken.retain(|known| known != scheme);
        self.write_desktop_file(&taken).await
    }

    /// The schemes that our desktop file offers to open. Only what was taken: a system without
    /// another program for a scheme picks any that offers it.
    async fn offered(&self) -> Vec<String> {
        let file = self.applications.join(&self.file);
        let text = tokio::fs::read_to_string(file).await.unwrap_or_default();
        let kinds = text.lines().find_map(|line| line.strip_prefix("MimeType="));
        let kinds: Vec<&str> = kinds.unwrap_or_default().split(';').collect();
        SCHEMES
            .into_iter()
            .filter(|scheme| mime_of(scheme).is_ok_and(|kind| kinds.contains(&kind.as_str())))
            .map(str::to_owned)
            .collect()
    }

    /// `xdg-mime` can set an owner and not take one away, so the line is taken out of the list.
    async fn drop_association(&self, kind: &str) -> Result<(), HandlerError> {
        let config = std::env::var_os("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
            .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".config")));
        let Some(list) = config.map(|config| config.join("mimeapps.list")) else {
            return Ok(());
        };
        let Ok(text) = tokio::fs::read_to_string(&list).await else {
            return Ok(());
        };
        let kept: String = text
            .lines()
            .filter(|line| !is_our_line(line, kind, &self.file))
            .map(|line| format!("{line}\n"))
            .collect();
        tokio::fs::write(&list, kept)
            .await
            .map_err(HandlerError::DesktopFile)
    }

    async fn write_desktop_file(&self, taken: &[String]) -> Result<(), HandlerError> {
        let path = self.applications.join(&self.file);
        let text = self.desktop_entry(taken);
        if tokio::fs::read_to_string(&path)
            .await
            .is_ok_and(|old| old == text)
        {
            return Ok(());
        }
        tokio::fs::create_dir_all(&self.applications)
            .await
            .map_err(HandlerError::DesktopFile)?;
        tokio::fs::write(&path, text)
            .await
            .map_err(HandlerError::DesktopFile)?;
        let folder = self.applications.to_string_lossy().into_owned();
        // Without the tool the list is read from the files themselves.
        if let Err(error) = run("update-desktop-database", &[&folder]).await {
            tracing::info!(%error, "the desktop database was not refreshed");
        }
        Ok(())
    }

    fn desktop_entry(&self, taken: &[String]) -> String {
        let mut command = exec_word(&self.program.to_string_lossy());
        if let Some(home) = &self.home {
            let home = exec_word(&format!("CALLSIDE_HOME={}", home.to_string_lossy()));
            command = format!("env {home} {command}");
        }
        let kinds: String = taken
            .iter()
            .map(|scheme| format!("x-scheme-handler/{scheme};"))
            .collect();
        format!(
            "[Desktop Entry]\nType=Application\nName=Callside\nExec={command} %u\n\
             Terminal=false\nNoDisplay=true\nMimeType={kinds}\n"
        )
    }

    /// All schemes as the doctor's page shows them.
    pub async fn view(&self, before: impl Fn(&str) -> Owner) -> Vec<HandlerView> {
        let mut views = Vec::new();
        for scheme in SCHEMES {
            let owner = self.owner(scheme).await;
            let state = match &owner {
                Err(_) => HandlerStateWord::Unknown,
                Ok(None) => HandlerStateWord::Nobody,
                Ok(owner) if self.is_ours(owner) => HandlerStateWord::Ours,
                Ok(Some(_)) => HandlerStateWord::Other,
            };
            let ours = state == HandlerStateWord::Ours;
            views.push(HandlerView {
                scheme: scheme.to_owned(),
                state,
                owner: owner.ok().flatten().map(|owner| self.name_of(&owner)),
                can_take: !ours && state != HandlerStateWord::Unknown,
                can_undo: ours && scheme != "callside",
                before: before(scheme).map(|owner| self.name_of(&owner)),
            });
        }
        views
    }

    /// The name a person knows: from the desktop file where it can be read.
    fn name_of(&self, desktop: &str) -> String {
        let mut folders = vec![self.applications.clone()];
        let shared = std::env::var("XDG_DATA_DIRS")
            .unwrap_or_else(|_| "/usr/local/share:/usr/share".to_owned());
        folders.extend(
            shared
                .split(':')
                .map(|dir| Path::new(dir).join("applications")),
        );
        let named = folders.iter().find_map(|folder| {
            let text = std::fs::read_to_string(folder.join(desktop)).ok()?;
            let line = text.lines().find(|line| line.starts_with("Name="))?;
            line.split_once('=').map(|(_, name)| name.trim().to_owned())
        });
        named.unwrap_or_else(|| desktop.trim_end_matches(".desktop").to_owned())
    }
}

/// Whether links of this scheme come back to a Callside, be it of another data folder: what is
/// dialled through them would go round for ever. Blocks for some tenths of a second.
pub fn leads_back(scheme: &str) -> bool {
    let Ok(kind) = mime_of(scheme) else {
        return false;
    };
    let asked = Command::new("xdg-mime")
        .args(["query", "default", &kind])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let owner = asked
        .ok()
        .filter(|asked| asked.status.success())
        .and_then(|asked| named(&String::from_utf8_lossy(&asked.stdout)));
    owner.is_some_and(|owner| is_a_callside(&owner))
}

fn named(answer: &str) -> Owner {
    Some(answer.trim().to_owned()).filter(|name| !name.is_empty())
}

fn is_a_callside(owner: &str) -> bool {
    let file = owner.to_ascii_lowercase();
    file.starts_with("callside") && file.ends_with(".desktop")
}

fn mime_of(scheme: &str) -> Result<String, HandlerError> {
    if !SCHEMES.contains(&scheme) {
        return Err(HandlerError::UnknownScheme);
    }
    if !cfg!(target_os = "linux") {
        return Err(HandlerError::AskThePerson);
    }
    Ok(format!("x-scheme-handler/{scheme}"))
}

fn is_desktop_name(name: &str) -> bool {
    name.ends_with(".desktop") && !name.starts_with('-') && !name.contains('/')
}

fn is_our_line(line: &str, kind: &str, file: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, value)| key.trim() == kind && value.trim_end_matches(';') == file)
}

/// One word of an `Exec` line. Quoted only where it must be: a common launcher cannot start a
/// quoted path.
fn exec_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    let word = word.replace('%', "%%");
    if word.chars().all(plain) {
        return word;
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        if matches!(c, '"' | '`' | '$' | '\\') {
            quoted.push_str("\\\\");
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

async fn run(tool: &'static str, arguments: &[&str]) -> Result<String, HandlerError> {
    let failed = HandlerError::Tool { tool };
    let output = tokio::process::Command::new(tool)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output();
    let limit = std::time::Duration::from_secs(10);
    match tokio::time::timeout(limit, output).await {
        Ok(Ok(output)) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        _ => Err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_stands_without_quotes() {
        assert_eq!(
            exec_word("/opt/callside/callside"),
            "/opt/callside/callside"
        );
        assert_eq!(
            exec_word("/opt/my apps/callside"),
            "\"/opt/my apps/callside\""
        );
        assert_eq!(exec_word("/opt/a$b"), "\"/opt/a\\\\$b\"");
        assert_eq!(
            exec_word("/opt/50%"),
            "/opt/50%%".replace("/opt/50%%", "\"/opt/50%%\"")
        );
    }

    #[test]
    fn only_our_own_line_is_taken_out() {
        let kind = "x-scheme-handler/tel";
        assert!(is_our_line(
            "x-scheme-handler/tel=callside-handler.desktop;",
            kind,
            "callside-handler.desktop"
        ));
        assert!(!is_our_line(
            "x-scheme-handler/tel=other.desktop",
            kind,
            "callside-handler.desktop"
        ));
        assert!(!is_our_line(
            "x-scheme-handler/sip=callside-handler.desktop",
            kind,
            "callside-handler.desktop"
        ));
    }

    #[test]
    fn every_callside_leads_back() {
        for ours in [
            "callside-handler.desktop",
            "Callside.desktop",
            "callside-1a2b.desktop",
        ] {
            assert!(is_a_callside(ours), "{ours}");
        }
        assert!(!is_a_callside("org.gnome.Calls.desktop"));
        assert_eq!(named(" \n"), None);
    }

    #[test]
    fn an_owner_that_could_be_an_option_is_not_handed_on() {
        assert!(is_desktop_name("org.gnome.Calls.desktop"));
        assert!(!is_desktop_name("--help.desktop"));
        assert!(!is_desktop_name("../x.desktop"));
    }
}
