//! What a user pastes into a softphone so that it reports its calls.
//!
//! Each text is complete: the path of the program, the hook key and the address of the listener are
//! filled in. Where a softphone puts words of a stranger on a command line, they stand behind
//! `--name=` or `--`, so that a name that begins with a dash never becomes an option; and where the
//! softphone runs the line in a shell, such words are left out or passed by the environment.
//! Pure data; the sentences that go with a text are named by a key.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Letters that need no encoding in the value of an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// What differs from one computer to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Path of the Callside program.
    pub program: String,
    /// Whether command lines follow the rules of Windows.
    pub windows: bool,
    /// Where the listener listens. An unspecified or loopback address is replaced by
    /// `lan_address` in what desk phones are told.
    pub listener: SocketAddr,
    /// This computer's address as desk phones see it, where known.
    pub lan_address: Option<IpAddr>,
    /// baresip's control port, as in `telephony.baresip.control`.
    pub baresip_control: String,
}

/// One text to paste.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The product, by its own name. Empty means any other.
    pub product: &'static str,
    /// Where the text belongs, in the product's own words.
    pub place: &'static str,
    /// The text, ready to paste. It holds the hook key.
    pub text: String,
    /// Names the sentence that goes with it, such as a warning; None where nothing is to be said.
    pub note_key: Option<&'static str>,
}

impl std::fmt::Debug for Recipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipe")
            .field("product", &self.product)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Needs the HTTP listener, reachable from the phone.
pub const NOTE_LISTENER: &str = "recipe-note-listener";
/// The program rewrites its file when it ends; edit it while it is closed.
pub const NOTE_EDIT_CLOSED: &str = "recipe-note-edit-closed";
/// The line runs in a shell; only for telephone systems that send plain numbers.
pub const NOTE_SHELL: &str = "recipe-note-shell";
/// The text is split at blanks, so the program's path must have none.
pub const NOTE_NO_BLANKS: &str = "recipe-note-no-blanks";
/// Save the text as an executable file and name that file in the setting.
pub const NOTE_SCRIPT: &str = "recipe-note-script";
/// The softphone reports ringing only; the card is ended by hand.
pub const NOTE_RINGING_ONLY: &str = "recipe-note-ringing-only";
/// Nothing to paste into Callside: baresip is reached by its control port.
pub const NOTE_CONTROL_PORT: &str = "recipe-note-control-port";

/// The texts for all products, in the order they are shown.
pub fn recipes(place: &Place, key: &str) -> Vec<Recipe> {
    let kitchen = Kitchen { place, key };
    [
        kitchen.microsip(),
        kitchen.linphone(),
        kitchen.jitsi(),
        kitchen.twinkle(),
        kitchen.three_cx(),
        kitchen.ringotel(),
        kitchen.wildix(),
        kitchen.git(),
        kitchen.yealink(),
        kitchen.snom(),
        kitchen.grandstream(),
        kitchen.baresip(),
        kitchen.any_other(),
    ]
    .concat()
}

struct Kitchen<'a> {
    place: &'a Place,
    key: &'a str,
}

impl Kitchen<'_> {
    fn microsip(&self) -> Vec<Recipe> {
        [
            ("microsip.ini, [Settings], cmdCallRing", "ringing"),
            ("microsip.ini, [Settings], cmdCallAnswer", "answered"),
            ("microsip.ini, [Settings], cmdCallEnd", "ended"),
        ]
        // The number is appended by the softphone.
        .map(|(place, action)| Recipe {
            product: "MicroSIP",
            place,
            text: format!(
                "{} {} --",
                self.quoted_program(true),
                self.words(action, "microsip")
            ),
            note_key: Some(NOTE_EDIT_CLOSED),
        })
        .to_vec()
    }

    fn linphone(&self) -> Vec<Recipe> {
        let words = self.words("ringing", "linphone");
        vec![Recipe {
            product: "Linphone",
            place: "Settings, Calls, command line on an incoming call",
            // Never $2: it is the caller's own words in a shell.
            text: format!("{} {words} -- \"$1\"", self.program()),
            note_key: Some(NOTE_SHELL),
        }]
    }

    fn jitsi(&self) -> Vec<Recipe> {
        let words = self.words("ringing", "jitsi");
        vec![Recipe {
            product: "Jitsi",
            place: "Notifications, IncomingCall, run a program",
            text: format!(
                "{} {words} --id=${{caller.id}} -- ${{caller.address}}",
                self.place.program
            ),
            note_key: Some(NOTE_NO_BLANKS),
        }]
    }

    fn twinkle(&self) -> Vec<Recipe> {
        let script = |action: &str, side: &str| {
            let words = self.words(action, "twinkle");
            format!(
                "#!/bin/sh\nexec {} {words} --id=\"$SIP_CALL_ID\" \
                 --name=\"$SIP_{side}_DISPLAY\" -- \"$SIP_{side}_USER\"\n",
                self.program()
            )
        };
        // The other side is the caller of an inbound call and the callee of an outbound one. The
        // two ends of a call are told without a number: the id names the call.
        let end = format!(
            "#!/bin/sh\nexec {} {} --id=\"$SIP_CALL_ID\"\n",
            self.program(),
            self.words("ended", "twinkle")
        );
        [
            ("script_incoming_call", script("ringing", "FROM")),
            ("script_in_call_answered", script("answered", "FROM")),
            ("script_in_call_failed", end.clone()),
            ("script_outgoing_call", script("dialing", "TO")),
            (
                "script_out_call_answered",
                script("answered --dir=out", "TO"),
            ),
            ("script_out_call_failed", end.clone()),
            ("script_local_release", end.clone()),
            ("script_remote_release", end),
        ]
        .map(|(place, text)| Recipe {
            product: "Twinkle",
            place,
            text,
            note_key: Some(NOTE_SCRIPT),
        })
        .to_vec()
    }

    fn three_cx(&self) -> Vec<Recipe> {
        vec![Recipe {
            product: "3CX",
            place: "Execute program on inbound calls",
            text: format!(
                "{} {} -- %CallerNumber%",
                self.quoted_program(true),
                self.words("ringing", "3cx")
            ),
            note_key: Some(NOTE_RINGING_ONLY),
        }]
    }

    fn ringotel(&self) -> Vec<Recipe> {
        let text = |action| {
            let link = self.link(action, "ringotel");
            format!("{link}&from=$caller$&name=$caller_name$")
        };
        let recipe = |place, action| Recipe {
            product: "Ringotel",
            place,
            text: text(action),
            note_key: None,
        };
        vec![
            recipe("Open URL, on ringing", "ringing"),
            recipe("Open URL, on answer", "answered"),
        ]
    }

    fn wildix(&self) -> Vec<Recipe> {
        let recipe = |place, action| Recipe {
            product: "Wildix",
            place,
            text: format!(
                "{} {} -- {{CALLERNUM}}",
                self.quoted_program(self.place.windows),
                self.words(action, "wildix")
            ),
            note_key: None,
        };
        vec![
            recipe("Application, on ringing", "ringing"),
            recipe("Application, on answer", "answered"),
        ]
    }

    fn git(&self) -> Vec<Recipe> {
        [
            (
                "Action URL, incoming",
                "ringing",
                "from=$RemoteParty",
                "&name=$RemoteAlias",
            ),
            (
                "Action URL, outgoing",
                "dialing",
                "to=$RemoteParty",
                "&name=$RemoteAlias",
            ),
            (
                "Action URL, connected",
                "answered",
                "number=$RemoteParty",
                "",
            ),
            (
                "Action URL, hangup",
                "ended",
                "number=$RemoteParty",
                "&dur=$CallDurationSeconds",
            ),
        ]
        .map(|(place, action, number, rest)| Recipe {
            product: "GIT / NFON",
            place,
            text: format!("{}&id=$CallGUID&{number}{rest}", self.link(action, "git")),
            note_key: None,
        })
        .to_vec()
    }

    fn yealink(&self) -> Vec<Recipe> {
        self.desk_phone(
            "Yealink",
            "yealink",
            "&id=$call_id",
            [
                "Action URL, Incoming Call",
                "Action URL, Outgoing Call",
                "Action URL, Established",
                "Action URL, Terminated",
            ],
        )
    }

    fn snom(&self) -> Vec<Recipe> {
        self.desk_phone(
            "Snom",
            "snom",
            "&id=$call-id",
            [
                "Action URL, Incoming call",
                "Action URL, Outgoing call",
                "Action URL, Connected",
                "Action URL, Disconnected",
            ],
        )
    }

    fn grandstream(&self) -> Vec<Recipe> {
        self.desk_phone(
            "Grandstream",
            "grandstream",
            "",
            [
                "Action URL, Incoming Call",
                "Action URL, Outgoing Call",
                "Action URL, Established Call",
                "Action URL, Terminated Call",
            ],
        )
    }

    /// The name stands last, since it may hold anything and is read to the end.
    fn desk_phone(
        &self,
        product: &'static str,
        app: &str,
        id: &str,
        [ringing, dialing, answered, ended]: [&'static str; 4],
    ) -> Vec<Recipe> {
        [
            (ringing, "ringing", "&from=$remote", "&name=$display_remote"),
            (dialing, "dialing", "&to=$remote", "&name=$display_remote"),
            (answered, "answered", "&number=$remote", ""),
            (ended, "ended", "&number=$remote", ""),
        ]
        .map(|(place, action, number, name)| Recipe {
            product,
            place,
            text: format!("{}{id}{number}{name}", self.address(action, app)),
            note_key: Some(NOTE_LISTENER),
        })
        .to_vec()
    }

    fn baresip(&self) -> Vec<Recipe> {
        vec![Recipe {
            product: "baresip",
            place: "~/.baresip/config",
            text: format!(
                "module_app ctrl_tcp.so\nctrl_tcp_listen {}\n",
                self.place.baresip_control
            ),
            note_key: Some(NOTE_CONTROL_PORT),
        }]
    }

    fn any_other(&self) -> Vec<Recipe> {
        let recipe = |place, text, note_key| Recipe {
            product: "",
            place,
            text,
            note_key,
        };
        vec![
            recipe(
                "command",
                format!(
                    "{} {} --id=ID --name=NAME -- NUMBER",
                    self.program(),
                    self.words("ringing", "softphone")
                ),
                None,
            ),
            recipe(
                "link",
                format!(
                    "{}&id=ID&from=NUMBER&name=NAME",
                    self.link("ringing", "softphone")
                ),
                None,
            ),
            recipe(
                "http",
                format!(
                    "{}&id=ID&from=NUMBER&name=NAME",
                    self.address("ringing", "softphone")
                ),
                Some(NOTE_LISTENER),
            ),
        ]
    }

    /// `call ringing --app=… --key=…`.
    fn words(&self, action: &str, app: &str) -> String {
        let key = if is_plain(self.key) {
            self.key.to_owned()
        } else {
            self.quoted(self.key)
        };
        format!("call {action} --app={app} --key={key}")
    }

    fn link(&self, action: &str, app: &str) -> String {
        format!(
            "callside:call/{action}?app={app}&key={}",
            self.encoded_key()
        )
    }

    fn address(&self, action: &str, app: &str) -> String {
        let listener = self.place.listener;
        let unreachable = listener.ip().is_unspecified() || listener.ip().is_loopback();
        let ip = match self.place.lan_address {
            Some(lan_address) if unreachable => lan_address,
            _ if listener.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            _ => listener.ip(),
        };
        let host = SocketAddr::new(ip, listener.port());
        format!(
            "http://{host}/v1/call/{action}?app={app}&key={}",
            self.encoded_key()
        )
    }

    fn encoded_key(&self) -> String {
        utf8_percent_encode(self.key, PLAIN).to_string()
    }

    /// The program as a word of this computer's command line.
    fn program(&self) -> String {
        if is_plain(&self.place.program) {
            self.place.program.clone()
        } else {
            self.quoted(&self.place.program)
        }
    }

    /// In double quotes for programs that exist on Windows alone, whatever this computer is.
    fn quoted_program(&self, windows: bool) -> String {
        if windows {
            format!("\"{}\"", self.place.program)
        } else {
            self.program()
        }
    }

    fn quoted(&self, word: &str) -> String {
        if self.place.windows {
            // A path cannot hold a double quote there.
            format!("\"{}\"", word.replace('"', ""))
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    }
}

/// Whether no command line reads anything into the word.
fn is_plain(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@".contains(c);
    !word.is_empty() && !word.starts_with('-') && word.chars().all(allowed)
}

#[cfg(test)]
mod tests;
