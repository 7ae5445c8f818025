//! Connections to mail servers: TCP without Nagle's delay, TLS (rustls with
//! ring), and whom to trust. Owns the stream that `source` and `delivery`
//! speak over. Knows nothing of IMAP or SMTP.

use super::config::{Security, Server};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Why there is no connection. The server's name is for the caller to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialError {
    /// No name, no route, no answer, or no TLS spoken.
    Connect(String),
    /// TLS is spoken, but the certificate is not to be trusted.
    Certificate(String),
}

impl std::fmt::Display for DialError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DialError::Connect(cause) => f.write_str(cause),
            DialError::Certificate(cause) => write!(f, "certificate not trusted: {cause}"),
        }
    }
}

/// A plain or encrypted connection that counts what it received, so that a
/// slow server can be told from a silent one.
#[derive(Debug)]
pub struct Stream {
    inner: Inner,
    received: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Inner {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

impl Stream {
    /// Octets received so far; shared with the stream.
    pub fn received(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.received)
    }

    fn tcp(&self) -> &TcpStream {
        match &self.inner {
            Inner::Plain(tcp) => tcp,
            Inner::Tls(tls) => tls.get_ref().0,
        }
    }

    /// Our own address on this connection.
    pub fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        self.tcp().local_addr()
    }

    /// The server's address.
    pub fn peer_addr(&self) -> io::Result<std::net::SocketAddr> {
        self.tcp().peer_addr()
    }

    /// True when nothing said here leaves the machine.
    pub fn is_loopback(&self) -> bool {
        self.peer_addr().is_ok_and(|peer| peer.ip().to_canonical().is_loopback())
    }

    /// Starts TLS on a plain connection. What was received and not read before
    /// is dropped with the caller's buffer, so nothing a third party slipped in
    /// before the handshake is taken for the server's word (RFC 3207 section 6).
    pub async fn start_tls(self, server: &Server, at_most: Duration) -> Result<Stream, DialError> {
        let connector = tokio_rustls::TlsConnector::from(tls_config(server, self.is_loopback())?);
        let Inner::Plain(tcp) = self.inner else { return Ok(self) };
        let host = bare_host(&server.host);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| DialError::Connect(format!("`{host}` is no host name")))?;
        match tokio::time::timeout(at_most, connector.connect(name, tcp)).await {
            Ok(Ok(tls)) => Ok(Stream { inner: Inner::Tls(Box::new(tls)), received: self.received }),
            Ok(Err(error)) => Err(tls_error(&error, host)),
            Err(_) => Err(DialError::Connect(format!("no TLS handshake within {} s", at_most.as_secs()))),
        }
    }
}

/// Connects, with TLS when the server wants it from the first octet.
pub async fn dial(server: &Server, at_most: Duration) -> Result<Stream, DialError> {
    let host = bare_host(&server.host);
    let tcp = match tokio::time::timeout(at_most, TcpStream::connect((host, server.port))).await {
        Ok(Ok(tcp)) => tcp,
        Ok(Err(error)) => return Err(DialError::Connect(error.to_string())),
        Err(_) => return Err(DialError::Connect(format!("no connection within {} s", at_most.as_secs()))),
    };
    // A command waits for its answer: with Nagle's algorithm each mail costs 44 ms.
    tcp.set_nodelay(true).map_err(|error| DialError::Connect(error.to_string()))?;
    let plain = Stream { inner: Inner::Plain(tcp), received: Arc::default() };
    match server.security {
        Security::Tls => plain.start_tls(server, at_most).await,
        Security::StartTls | Security::Opportunistic => Ok(plain),
    }
}

/// `host:port` as people write it in messages.
pub fn name(server: &Server) -> String {
    let host = bare_host(&server.host);
    if host.contains(':') { format!("[{host}]:{}", server.port) } else { format!("{host}:{}", server.port) }
}

fn bare_host(host: &str) -> &str {
    host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host)
}

/// Whom to trust: the certificates of `ca` alone when given, else the
/// system's. On loopback without `ca` TLS only encrypts: plain would do there,
/// and mail servers come with a certificate made out for another name.
fn tls_config(server: &Server, loopback: bool) -> Result<Arc<ClientConfig>, DialError> {
    if let Some(ca) = &server.ca {
        return trust_only(ca);
    }
    if server.security == Security::Opportunistic && loopback {
        return Ok(Arc::new(
            builder()?.dangerous().with_custom_certificate_verifier(unverified()).with_no_client_auth(),
        ));
    }
    // Reading the system's certificates takes longer than a handshake.
    static SYSTEM: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = SYSTEM.get() {
        return Ok(Arc::clone(config));
    }
    let verifier = rustls_platform_verifier::Verifier::new(provider())
        .map_err(|error| DialError::Certificate(format!("the system's certificates cannot be read: {error}")))?;
    let config = builder()?.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    Ok(Arc::clone(SYSTEM.get_or_init(|| Arc::new(config))))
}

fn trust_only(ca: &Path) -> Result<Arc<ClientConfig>, DialError> {
    let bad = |cause: String| DialError::Certificate(format!("`{}`: {cause}", ca.display()));
    let pem = std::fs::read(ca).map_err(|error| bad(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| bad(format!("{error:?}")))?;
        roots.add(certificate).map_err(|error| bad(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("holds no certificate in PEM".to_owned()));
    }
    Ok(Arc::new(builder()?.with_root_certificates(roots).with_no_client_auth()))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, DialError> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| DialError::Connect(error.to_string()))
}

fn tls_error(error: &io::Error, host: &str) -> DialError {
    let Some(rustls) = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) else {
        return DialError::Connect(format!("TLS handshake: {error}"));
    };
    let rustls::Error::InvalidCertificate(kind) = rustls else {
        return DialError::Connect(format!("TLS handshake: {rustls}"));
    };
    DialError::Certificate(match kind {
        // A bad signature is what an issuer's namesake leaves: an authority set up anew, or another company's.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its issuer is not known; set `ca` to a PEM file with the issuer's certificate".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is not made out for `{host}`")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        other => other.to_string(),
    })
}

/// Accepts any certificate: loopback only.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

fn unverified() -> Arc<Unverified> {
    Arc::new(Unverified(provider()))
}

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_read(cx, buf),
            Inner::Tls(tls) => Pin::new(tls.as_mut()).poll_read(cx, buf),
        };
        self.received.fetch_add((buf.filled().len() - before) as u64, Ordering::Relaxed);
        done
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_write(cx, buf),
            Inner::Tls(tls) => Pin::new(tls.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Inner::Tls(tls) => Pin::new(tls.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.inner {
            Inner::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Inner::Tls(tls) => Pin::new(tls.as_mut()).poll_shutdown(cx),
        }
    }
}
