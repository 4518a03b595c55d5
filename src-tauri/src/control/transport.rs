//! The socket itself: a Unix socket, on Windows a named pipe.

#[cfg(unix)]
pub(super) use unix::{Door, Stream, connect};
#[cfg(windows)]
pub(super) use windows::{Door, Stream, connect};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::{Path, PathBuf};

    use tokio::net::{UnixListener, UnixStream};

    use crate::home::{Home, private_folder};

    pub(crate) type Stream = UnixStream;

    /// Where clients knock. The socket's file is removed with it.
    pub(crate) struct Door {
        listener: UnixListener,
        path: PathBuf,
        /// The folder made for the socket alone, where the data folder's path is too long.
        own_folder: Option<PathBuf>,
    }

    impl Door {
        /// Opens the door. The caller holds the folder's lock, so a socket that is there already
        /// was left by an instance that died.
        pub(crate) fn open(home: &Home) -> io::Result<Self> {
            let path = home.socket();
            if let Some(folder) = path.parent() {
                private_folder(folder)?;
                ours_alone(folder, home)?;
            }
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
            let own_folder = path
                .parent()
                .filter(|folder| *folder != home.data())
                .map(Path::to_owned);
            Ok(Self {
                listener,
                path,
                own_folder,
            })
        }

        pub(crate) async fn knock(&mut self) -> io::Result<Stream> {
            Ok(self.listener.accept().await?.0)
        }
    }

    impl Drop for Door {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.path);
            if let Some(folder) = &self.own_folder {
                let _ = std::fs::remove_dir(folder);
            }
        }
    }

    /// A folder outside the data folder could have been laid out by somebody else.
    fn ours_alone(folder: &Path, home: &Home) -> io::Result<()> {
        if folder == home.data() {
            return Ok(());
        }
        let found = std::fs::symlink_metadata(folder)?;
        let owner = std::fs::metadata(home.data())?.uid();
        if found.is_dir() && found.uid() == owner && found.mode() & 0o077 == 0 {
            return Ok(());
        }
        Err(io::ErrorKind::PermissionDenied.into())
    }

    pub(crate) async fn connect(home: &Home) -> io::Result<Stream> {
        let path = home.socket();
        if let Some(folder) = path.parent() {
            ours_alone(folder, home)?;
        }
        UnixStream::connect(path).await
    }
}

#[cfg(windows)]
mod windows {
    use std::io;

    use tokio::net::windows::named_pipe::{
        ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions,
    };

    use crate::home::Home;

    /// Either end of a pipe.
    pub(crate) enum Stream {
        Server(NamedPipeServer),
        Client(NamedPipeClient),
    }

    /// Where clients knock.
    pub(crate) struct Door {
        name: String,
        next: NamedPipeServer,
    }

    fn name(home: &Home) -> String {
        format!(r"\\.\pipe\callside-{}", home.tag())
    }

    impl Door {
        pub(crate) fn open(home: &Home) -> io::Result<Self> {
            let name = name(home);
            let next = ServerOptions::new()
                .first_pipe_instance(true)
                .reject_remote_clients(true)
                .create(&name)?;
            Ok(Self { name, next })
        }

        pub(crate) async fn knock(&mut self) -> io::Result<Stream> {
            self.next.connect().await?;
            let fresh = ServerOptions::new()
                .reject_remote_clients(true)
                .create(&self.name)?;
            Ok(Stream::Server(std::mem::replace(&mut self.next, fresh)))
        }
    }

    pub(crate) async fn connect(home: &Home) -> io::Result<Stream> {
        Ok(Stream::Client(ClientOptions::new().open(name(home))?))
    }

    mod io_of_either {
        use std::io;
        use std::pin::Pin;
        use std::task::{Context, Poll};

        use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

        use super::Stream;

        impl AsyncRead for Stream {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::Server(pipe) => Pin::new(pipe).poll_read(cx, buf),
                    Self::Client(pipe) => Pin::new(pipe).poll_read(cx, buf),
                }
            }
        }

        impl AsyncWrite for Stream {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                match self.get_mut() {
                    Self::Server(pipe) => Pin::new(pipe).poll_write(cx, buf),
                    Self::Client(pipe) => Pin::new(pipe).poll_write(cx, buf),
                }
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::Server(pipe) => Pin::new(pipe).poll_flush(cx),
                    Self::Client(pipe) => Pin::new(pipe).poll_flush(cx),
                }
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                match self.get_mut() {
                    Self::Server(pipe) => Pin::new(pipe).poll_shutdown(cx),
                    Self::Client(pipe) => Pin::new(pipe).poll_shutdown(cx),
                }
            }
        }
    }
}
