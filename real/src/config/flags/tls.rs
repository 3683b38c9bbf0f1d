//! Certificates.

use clap::Args;

#[derive(Args, Debug)]
#[command(next_help_heading = "TLS")]
pub(super) struct Tls {
    /// Speak TLS to clients, with this certificate chain in PEM
    ///
    /// Example: --tls-certificate chain.pem --tls-key key.pem
    #[arg(long, value_name = "FILE", env = "EVENKEEL_TLS_CERTIFICATE")]
    tls_certificate: Option<String>,

    /// Its private key in PEM
    ///
    /// Example: --tls-certificate chain.pem --tls-key key.pem
    #[arg(long, value_name = "FILE", env = "EVENKEEL_TLS_KEY")]
    tls_key: Option<String>,

    /// Who may sign certificates of https:// upstreams, in PEM [default: whom the system trusts]
    ///
    /// Example: --upstream https://a:443 --upstream-ca ca.pem
    #[arg(
        long,
        value_name = "FILE",
        env = "EVENKEEL_UPSTREAM_CA",
        hide_short_help = true
    )]
    upstream_ca: Option<String>,
}
