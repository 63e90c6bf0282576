//! A private certificate authority, made anew for each run.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// What can go wrong in making certificates.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate could be made.
    #[error("no certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS does not take the certificate.
    #[error("no TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// An authority and a server's side of TLS that it vouches for.
#[derive(Debug, Clone)]
pub struct Authority {
    /// The authority's certificate, as a file would hold it.
    pub pem: String,
    /// The server's side, for `localhost` and `127.0.0.1`.
    pub server: Arc<ServerConfig>,
    /// The side of a client that trusts the authority and nobody else.
    pub client: Arc<ClientConfig>,
}

impl Authority {
    /// Makes an authority.
    ///
    /// # Errors
    /// When the cryptography fails.
    pub fn new() -> Result<Self, TlsError> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names)?.signed_by(&key, &authority)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone())?;
        let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let server = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)?;
        Ok(Authority {
            pem: authority.pem(),
            server: Arc::new(server),
            client: Arc::new(client),
        })
    }
}
