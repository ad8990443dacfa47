//! Where frames come from, as it is written and as it is told.

use super::address::Address;
use crate::domain::not_understood;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// `auto | scene | folder:PATH | v4l2:/dev/videoN | rtsp://… | file:PATH | exec:COMMAND`
///
/// Written out, serialised or shown it is as it may be told: without the password of an address, and of a command only the
/// program.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CameraSource {
    /// The first V4L2 camera, which is waited for.
    Auto,
    Scene,
    Folder(PathBuf),
    V4l2(PathBuf),
    /// A network camera.
    Address(Address),
    /// A film, over and over.
    Film(PathBuf),
    /// A command of a shell that writes JPEGs.
    Exec(String),
}

const KINDS: &str =
    "auto, scene, folder:PATH, v4l2:/dev/videoN, rtsp://USER:PASSWORD@HOST/PATH, file:PATH (a film) or exec:COMMAND";

impl FromStr for CameraSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "auto" => Ok(Self::Auto),
            None if text == "scene" => Ok(Self::Scene),
            Some(("folder", path)) if !path.is_empty() => Ok(Self::Folder(path.into())),
            Some(("v4l2", path)) if !path.is_empty() => Ok(Self::V4l2(path.into())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::Film(path.into())),
            Some(("exec", command)) if !command.trim().is_empty() => Ok(Self::Exec(command.trim().to_owned())),
            Some((scheme, rest)) if rest.starts_with("//") && Address::knows(scheme) => {
                Ok(Self::Address(text.parse()?))
            }
            _ => Err(format!("`{}` is not a camera source; use {KINDS}", not_understood(text))),
        }
    }
}

impl CameraSource {
    /// As it is written, with what must not be told.
    pub fn whole(&self) -> String {
        match self {
            Self::Address(address) => address.secret().to_owned(),
            Self::Exec(command) => format!("exec:{command}"),
            others => others.to_string(),
        }
    }
}

impl fmt::Display for CameraSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Scene => f.write_str("scene"),
            Self::Folder(path) => write!(f, "folder:{}", path.display()),
            Self::V4l2(path) => write!(f, "v4l2:{}", path.display()),
            Self::Address(address) => address.fmt(f),
            Self::Film(path) => write!(f, "file:{}", path.display()),
            Self::Exec(command) => write!(f, "exec:{}", program(command)),
        }
    }
}

/// What is told of a command: the program that it runs first, and that there is more. What is no plain name (quoted, put
/// together by the shell) may be anything, and is not told.
fn program(command: &str) -> String {
    let sets = |word: &&str| word.split_once('=').is_some_and(|(name, _)| !name.contains('/'));
    // A value in quotes may have spaces in it: what looks like a program then may be a part of it.
    let quoted = |word: &str| word.contains(['"', '\'', '\\', '`', '$', '(']);
    let program = command
        .split_whitespace()
        .take_while(|word| !(sets(word) && quoted(word)))
        .find(|word| *word != "env" && !sets(word));
    let plain = |c: char| c.is_alphanumeric() || "/._-+~:".contains(c);
    match program.filter(|word| !word.starts_with('-') && word.chars().all(plain)) {
        Some(program) if program == command => program.to_owned(),
        Some(program) => format!("{program} …"),
        None => "…".to_owned(),
    }
}

impl fmt::Debug for CameraSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for CameraSource {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<CameraSource> for String {
    fn from(source: CameraSource) -> Self {
        source.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_told_as_it_is_written_but_for_its_secrets() {
        for text in ["auto", "scene", "folder:/a:b", "v4l2:/dev/video0", "rtsp://cam/1", "file:/a b.mp4", "exec:camera"]
        {
            assert_eq!(text.parse::<CameraSource>().unwrap().to_string(), text);
        }
        for (text, told) in [
            ("rtsp://admin:geheim@cam/1", "rtsp://…@cam/1"),
            ("https://cam/live?token=geheim", "https://cam/live?token=…"),
            ("rtsp://cam/user=a&password=geheim&channel=1", "rtsp://cam/user=…&password=…&channel=1"),
            ("exec:curl -u admin:geheim http://cam", "exec:curl …"),
            ("exec:RTSP_PASSWORD=geheim gst-launch-1.0 x", "exec:gst-launch-1.0 …"),
            ("exec:env A=1 PASSWORD=geheim /usr/bin/x", "exec:/usr/bin/x …"),
            ("exec:PASSWORD='ge heim' x", "exec:…"),
            ("exec:PASSWORD=geheim; x", "exec:x …"),
            ("exec:env -u geheim x", "exec:…"),
            ("exec:(geheim) x", "exec:…"),
            ("exec:sh -c 'curl geheim'", "exec:sh …"),
        ] {
            let source: CameraSource = text.parse().unwrap();
            assert_eq!((source.to_string().as_str(), source.whole().as_str()), (told, text));
            assert_eq!(serde_json::to_value(&source).unwrap(), told);
            assert_eq!(format!("{source:?}"), told);
        }
        for text in [
            "webcam",
            "exec: ",
            "file:",
            "ftp://admin:geheim@cam",
            "rtsp://admin:geheim/x@cam",
            "admin:geheim@192.168.1.2",
            "rtsp:/u:geheim@h/x",
            "rtsp://u:ge heim@h/x",
            "Exec:curl -u a:geheim http://cam",
            "rtsp:/cam/user=a&password=geheim",
        ] {
            let error = text.parse::<CameraSource>().unwrap_err();
            assert!(!error.contains("heim"), "{error}");
        }
    }
}
