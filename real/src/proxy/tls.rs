//! TLS on both sides: certificates at the front, and whom to believe behind.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client};

use crate::settings::Tls;

/// The only protocol there is, on either side (ALPN).
const HTTP_1_1: &[u8] = b"http/1.1";

/// Why certificates cannot be used.
#[derive(Debug)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    File {
        /// Which.
        path: PathBuf,
        /// What should have been there.
        wanted: &'static str,
        /// What is the matter.
        source: rustls::pki_types::pem::Error,
    },
    /// There is none of what was looked for.
    Empty {
        /// In which file; `None` for the system's.
        path: Option<PathBuf>,
    },
    /// Certificate and key are read, but cannot be used together, or at all.
    Unusable(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TlsError::File {
                path,
                wanted,
                source,
            } => write!(f, "{}: no {wanted} in PEM form: {source}", path.display()),
            TlsError::Empty { path: Some(path) } => {
                write!(f, "{}: no certificate in PEM form", path.display())
            }
            TlsError::Empty { path: None } => {
                f.write_str("the system has no certificates to trust; name a file with some")
            }
            TlsError::Unusable(source) => {
                write!(f, "the certificate and its key cannot be used: {source}")
            }
        }
    }
}

impl std::error::Error for TlsError {}

/// What accepts clients over TLS, with this certificate chain and key. Connections that are open keep what they began
/// with, so that a reload is to make another.
///
/// # Errors
/// If the files cannot be used.
pub fn acceptor(chain: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let certificates = certificates(chain)?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(file(key, "private key"))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(certificates, key)
        })
        .map_err(TlsError::Unusable)?;
    config.alpn_protocols = vec![HTTP_1_1.to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Whether the files can be used that are named.
///
/// # Errors
/// If one cannot.
pub(crate) fn check(files: &Tls) -> Result<(), TlsError> {
    if let Some((chain, key)) = &files.front {
        acceptor(chain, key)?;
    }
    match files.upstream_ca.as_deref() {
        Some(authority) => Connector::new(Some(authority)).map(drop),
        None => Ok(()),
    }
}

/// The side that faces the backends.
#[derive(Clone)]
pub(super) struct Connector(TlsConnector);

impl Connector {
    /// Believes what `ca` signed, or else what the system believes.
    pub(super) fn new(ca: Option<&Path>) -> Result<Connector, TlsError> {
        let roots = match ca {
            Some(path) => roots_in(path)?,
            None => roots_of_the_system()?,
        };
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![HTTP_1_1.to_vec()];
        Ok(Connector(TlsConnector::from(Arc::new(config))))
    }

    /// Shakes hands with the backend called `host`, which its certificate must say, too.
    pub(super) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> io::Result<client::TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        self.0.connect(name, stream).await
    }
}

/// Named, because more than one may be compiled in.
fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots_in(path: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(TlsError::Unusable)?;
    }
    Ok(roots)
}

/// What cannot be read among the system's certificates is passed over: one bad file would end all of TLS.
fn roots_of_the_system() -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::Empty { path: None });
    }
    Ok(roots)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(file(path, "certificate"));
    match found? {
        none if none.is_empty() => Err(TlsError::Empty {
            path: Some(path.to_owned()),
        }),
        found => Ok(found),
    }
}

fn file(
    path: &Path,
    wanted: &'static str,
) -> impl FnOnce(rustls::pki_types::pem::Error) -> TlsError {
    let path = path.to_owned();
    move |source| TlsError::File {
        path,
        wanted,
        source,
    }
}
