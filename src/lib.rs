//! trustc

mod config;
mod diagnostic;
mod pki;
mod pointer;
mod source;
mod trust;
mod values;
