//! A recording comes into a folder.
//!
//! The link carries its own permission, so nothing of our key goes with the request; a service that
//! keeps recordings itself says so in its [`Source`]. Links die within the hour, so the call is
//! asked for its link right before. The file grows as `NAME.part`, is taken up again where it was
//! cut, and gets its name when it is whole. The name is made of the call's time and id alone, and
//! whatever has it already stays as it is.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use callside_core::cloud_call::recording_stem;
use callside_core::ports::{DownloadError, Downloaded, ReadError};
use callside_http::Http;
use jiff::Timestamp;
use reqwest::header::{
    AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RANGE,
};
use reqwest::{Method, Response};
use tokio::fs::{self, File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;
use url::Url;

use super::said::is_safe;

/// Nothing comes for this long: the connection is dead.
const SILENT: Duration = Duration::from_secs(30);
/// No recording takes longer than this.
const WHOLE: Duration = Duration::from_secs(2 * 60 * 60);
/// How often progress is told, in bytes.
const TOLD_EVERY: u64 = 512 * 1024;
/// A link may lead to another one this often.
const MOST_HOPS: usize = 3;
/// Kinds of sound, and how their files end.
const KINDS: [(&str, &str); 5] = [
    ("audio/mpeg", "mp3"),
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/mp4", "m4a"),
    ("audio/ogg", "ogg"),
];

/// Where a recording lies at this moment.
pub(crate) struct Source {
    pub(crate) url: Url,
    /// What the holder of the recording wants to see; None for a link that says it all.
    pub(crate) authorization: Option<HeaderValue>,
    /// Whether plain http to this computer will do: where the service itself is spoken to so. A
    /// true service never links there.
    pub(crate) plain: bool,
    /// The call's id and its beginning, for the file's name.
    pub(crate) call: String,
    pub(crate) started_at: Timestamp,
}

/// Asks a service where the recording of a call lies.
#[async_trait]
pub(crate) trait Finds: Send + Sync {
    /// The place of the recording, asked for anew.
    ///
    /// # Errors
    /// [`DownloadError::Missing`] when there is none, or why the service does not say.
    async fn find(&self, id: &str) -> Result<Source, DownloadError>;
}

/// What is to be saved where.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    folder: &'a Path,
    most_bytes: u64,
    progress: &'a (dyn Fn(u64, Option<u64>) + Send + Sync),
}

/// Why one attempt failed.
enum Failed {
    /// The link is out of date: a new one may do.
    Expired,
    /// What was there does not fit what is offered: from the beginning, please.
    Torn,
    /// For good, or for now.
    Final(DownloadError),
}

impl From<DownloadError> for Failed {
    fn from(error: DownloadError) -> Self {
        Self::Final(error)
    }
}

/// Saves the recording of a call, unless it has more bytes than `most_bytes`.
pub(crate) async fn save(
    service: &dyn Finds,
    id: &str,
    folder: &Path,
    most_bytes: u64,
    progress: &(dyn Fn(u64, Option<u64>) + Send + Sync),
) -> Result<Downloaded, DownloadError> {
    let wanted = Wanted {
        folder,
        most_bytes,
        progress,
    };
    let (mut expired, mut torn) = (false, false);
    loop {
        let source = service.find(id).await?;
        let names = Names::of(wanted.folder, &source);
        if let Some(there) = names.existing().await? {
            return Ok(there);
        }
        match attempt(&source, &names, wanted).await {
            Ok(downloaded) => return Ok(downloaded),
            Err(Failed::Expired) if !expired => expired = true,
            Err(Failed::Torn) if !torn => {
                torn = true;
                discard(&names.part).await;
            }
            // A new link was dead as well: the recording is out of reach for good.
            Err(Failed::Expired) => return Err(DownloadError::Missing),
            Err(Failed::Torn) => return Err(ReadError::Unreadable.into()),
            Err(Failed::Final(error)) => {
                if error == DownloadError::TooLarge {
                    discard(&names.part).await;
                }
                return Err(error);
            }
        }
    }
}

/// How many bytes the recording of a call has, where its holder says.
pub(crate) async fn size(service: &dyn Finds, id: &str) -> Result<Option<u64>, ReadError> {
    let source = match service.find(id).await {
        Ok(source) => source,
        Err(DownloadError::Read(error)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let response = match request(&source, Some("bytes=0-0".to_owned())).await {
        Ok(response) => response,
        Err(Failed::Final(DownloadError::Read(error))) => return Err(error),
        Err(_) => return Ok(None),
    };
    Ok(match response.status().as_u16() {
        206 => offered(&response).and_then(|(_, whole)| whole),
        200 => response.content_length(),
        _ => None,
    })
}

/// The file under its names.
struct Names {
    folder: PathBuf,
    stem: String,
    part: PathBuf,
}

impl Names {
    fn of(folder: &Path, source: &Source) -> Self {
        let stem = recording_stem(source.started_at, &source.call);
        Self {
            part: folder.join(format!("{stem}.part")),
            folder: folder.to_owned(),
            stem,
        }
    }

    fn whole(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.stem))
    }

    /// The recording, where it was saved before.
    async fn existing(&self) -> Result<Option<Downloaded>, DownloadError> {
        for (_, ending) in KINDS {
            let file = self.whole(ending);
            match fs::symlink_metadata(&file).await {
                Ok(meta) if meta.is_file() => {
                    let bytes = meta.len();
                    return Ok(Some(Downloaded { file, bytes }));
                }
                Ok(_) => return Err(DownloadError::Folder),
                Err(_) => {}
            }
        }
        Ok(None)
    }

    /// How much of it is there from an earlier try.
    async fn begun(&self) -> Result<u64, DownloadError> {
        match fs::symlink_metadata(&self.part).await {
            Ok(meta) if meta.is_file() => Ok(meta.len()),
            Ok(_) => Err(DownloadError::Folder),
            Err(_) => Ok(0),
        }
    }

    /// Gives the whole file its name, unless something else has it.
    async fn finish(&self, ending: &str) -> io::Result<PathBuf> {
        let file = self.whole(ending);
        match fs::hard_link(&self.part, &file).await {
            Ok(()) => {
                discard(&self.part).await;
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // Some disks know no second name for a file.
            Err(_) if fs::symlink_metadata(&file).await.is_err() => {
                fs::rename(&self.part, &file).await.map(|()| file)
            }
            Err(error) => Err(error),
        }
    }
}

async fn discard(part: &Path) {
    if let Err(error) = fs::remove_file(part).await
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(kind = ?error.kind(), "a part of a recording cannot be removed");
    }
}

async fn attempt(source: &Source, names: &Names, wanted: Wanted<'_>) -> Result<Downloaded, Failed> {
    let begun = names.begun().await?;
    let range = (begun > 0).then(|| format!("bytes={begun}-"));
    let mut response = request(source, range).await?;
    let (from, whole) = match response.status().as_u16() {
        200 => (0, response.content_length()),
        206 => match offered(&response) {
            Some((from, whole)) if from == begun => (from, whole),
            _ => return Err(Failed::Torn),
        },
        416 if begun > 0 => {
            // It may have been cut just before it got its name.
            let complete = offered(&response).is_some_and(|(_, whole)| whole == Some(begun));
            return match complete {
                true => finish(names, &response, begun).await,
                false => Err(Failed::Torn),
            };
        }
        _ => return Err(DownloadError::Missing.into()),
    };
    if whole.is_some_and(|whole| whole > wanted.most_bytes) {
        return Err(DownloadError::TooLarge.into());
    }
    if !is_sound(&response) {
        return Err(DownloadError::from(ReadError::Unreadable).into());
    }
    let there = write(&mut response, names, from, whole, wanted).await?;
    finish(names, &response, there).await
}

/// Reads the rest into the part; returns how many bytes it has then.
async fn write(
    response: &mut Response,
    names: &Names,
    from: u64,
    whole: Option<u64>,
    wanted: Wanted<'_>,
) -> Result<u64, DownloadError> {
    let folder = |_| DownloadError::Folder;
    let mut file = open(&names.part, from).await.map_err(folder)?;
    let mut there = from;
    let mut told = from;
    (wanted.progress)(there, whole);
    loop {
        let piece = timeout(SILENT, response.chunk()).await;
        let Ok(Ok(piece)) = piece else {
            // What came so far is kept for the next try.
            file.flush().await.map_err(folder)?;
            return Err(ReadError::Offline.into());
        };
        let Some(piece) = piece else { break };
        there = there.saturating_add(piece.len() as u64);
        if there > wanted.most_bytes {
            return Err(DownloadError::TooLarge);
        }
        file.write_all(&piece).await.map_err(folder)?;
        if there - told >= TOLD_EVERY {
            told = there;
            (wanted.progress)(there, whole);
        }
    }
    file.flush().await.map_err(folder)?;
    file.sync_all().await.map_err(folder)?;
    if whole.is_some_and(|whole| there < whole) {
        return Err(ReadError::Offline.into());
    }
    (wanted.progress)(there, Some(there));
    Ok(there)
}

async fn open(part: &Path, from: u64) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true);
    match from {
        0 => options.write(true).truncate(true),
        _ => options.append(true),
    };
    options.open(part).await
}

async fn finish(names: &Names, response: &Response, bytes: u64) -> Result<Downloaded, Failed> {
    let kind = header(response, CONTENT_TYPE).unwrap_or_default();
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let known = KINDS.iter().find(|(name, _)| *name == kind);
    let ending = known.map_or("mp3", |(_, ending)| ending);
    let file = names.finish(ending).await;
    let file = file.map_err(|_| DownloadError::Folder)?;
    Ok(Downloaded { file, bytes })
}

/// Asks for the recording, or the rest of it. Only statuses that bring some come back, and 416.
async fn request(source: &Source, range: Option<String>) -> Result<Response, Failed> {
    let offline = || Failed::Final(ReadError::Offline.into());
    let unreadable = || Failed::Final(ReadError::Unreadable.into());
    let mut url = source.url.clone();
    for _ in 0..=MOST_HOPS {
        if !is_safe(&url) || (url.scheme() != "https" && !source.plain) {
            return Err(unreadable());
        }
        let http = Http::for_service(&url).map_err(|_| unreadable())?;
        let mut request = http.request(Method::GET, url.clone()).timeout(WHOLE);
        if let Some(range) = &range {
            request = request.header(RANGE, range);
        }
        // A key leaves towards the holder that wants it, and nowhere a link may lead from there.
        if url.origin() == source.url.origin()
            && let Some(authorization) = &source.authorization
        {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let response = timeout(SILENT, request.send()).await;
        let response = response.map_err(|_| offline())?.map_err(|_| offline())?;
        match response.status().as_u16() {
            200 | 206 | 416 => return Ok(response),
            301 | 302 | 303 | 307 | 308 => {
                let target = header(&response, LOCATION).and_then(|to| url.join(to).ok());
                url = target.ok_or_else(unreadable)?;
            }
            403 | 410 => return Err(Failed::Expired),
            401 => return Err(Failed::Final(ReadError::Unauthorized.into())),
            429 | 500..=599 => return Err(offline()),
            _ => return Err(DownloadError::Missing.into()),
        }
    }
    Err(unreadable())
}

/// Where the offered part begins, and how large the whole is.
fn offered(response: &Response) -> Option<(u64, Option<u64>)> {
    let range = header(response, CONTENT_RANGE)?.strip_prefix("bytes ")?;
    let (part, whole) = range.trim().split_once('/')?;
    let from = match part.split_once('-') {
        Some((from, _)) => from.trim().parse().ok()?,
        None => 0,
    };
    Some((from, whole.trim().parse().ok()))
}

/// A page of words where a recording should be is an error in disguise.
fn is_sound(response: &Response) -> bool {
    let kind = header(response, CONTENT_TYPE)
        .unwrap_or_default()
        .to_ascii_lowercase();
    let words = [
        "text/",
        "application/json",
        "application/xml",
        "application/xhtml",
    ];
    !words.iter().any(|word| kind.starts_with(word))
}

fn header(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_true_service_cannot_make_us_ask_this_computer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/x", listener.local_addr().unwrap());
        let source = Source {
            url: Url::parse(&url).unwrap(),
            authorization: None,
            plain: false,
            call: "5".into(),
            started_at: Timestamp::UNIX_EPOCH,
        };
        let unreadable = DownloadError::from(ReadError::Unreadable);
        let asked = request(&source, None).await;
        assert!(matches!(asked, Err(Failed::Final(error)) if error == unreadable));
    }
}
