//! Browsers: how they run, and the traces that a download leaves. Each family writes its downloads in its own way.

use crate::clock;
use crate::host::{Host, Process, User, home};

pub struct Browser {
    pub name: &'static str,
    pub image: &'static str,
    family: Family,
}

#[derive(PartialEq, Eq)]
enum Family {
    Chromium,
    /// Chromium that adds a stream of its own for SmartScreen.
    Edge,
    Gecko,
    Trident,
}

pub const CHROME: Browser = Browser {
    name: "Chrome",
    image: "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    family: Family::Chromium,
};
pub const EDGE: Browser = Browser {
    name: "Edge",
    image: "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    family: Family::Edge,
};
pub const FIREFOX: Browser =
    Browser { name: "Firefox", image: "C:\\Program Files\\Mozilla Firefox\\firefox.exe", family: Family::Gecko };
pub const EXPLORER: Browser = Browser {
    name: "Internet Explorer",
    image: "C:\\Program Files\\Internet Explorer\\iexplore.exe",
    family: Family::Trident,
};

pub const MODERN: [&Browser; 3] = [&CHROME, &EDGE, &FIREFOX];

pub struct Download<'a> {
    pub file: &'a str,
    pub host: &'a str,
    pub referrer: &'a str,
}

impl Browser {
    pub fn open(&self, host: &mut Host, shell: &Process) -> Process {
        let browser = host.start(shell, self.image, &format!("\"{}\"", self.image));
        if self.family != Family::Trident {
            for _ in 0..3 {
                self.helper(host, &browser);
            }
        }
        browser
    }

    /// One of the many processes of the same image that a browser starts for a page or a service.
    pub fn helper(&self, host: &mut Host, browser: &Process) -> Process {
        let number = host.dice.between(2, 40);
        let command = match self.family {
            Family::Gecko => format!(
                "\"{}\" -contentproc -isForBrowser -prefsHandle {} -childID {number} tab",
                self.image,
                number * 36
            ),
            _ => format!(
                "\"{}\" --type=renderer --lang=en-US --renderer-client-id={number} --mojo-platform-channel-handle={}",
                self.image,
                number * 104
            ),
        };
        host.start(browser, self.image, &command)
    }

    /// Downloads a file to the Downloads folder of its user; gives the path.
    pub fn download(&self, host: &mut Host, browser: &Process, download: &Download) -> String {
        let folder = format!("{}Downloads", home(&browser.user));
        self.download_to(host, browser, &folder, download)
    }

    pub fn download_to(&self, host: &mut Host, browser: &Process, folder: &str, download: &Download) -> String {
        let path = format!("{folder}\\{}", download.file);
        let (stem, ending) = download.file.rsplit_once('.').unwrap_or((download.file, ""));
        host.visits(browser, download.host, 443);
        match self.family {
            Family::Chromium | Family::Edge => {
                let random = [8, 4, 4, 4, 12].map(|digits| host.dice.hex(digits).to_lowercase()).join("-");
                host.creates(browser, &format!("{folder}\\{random}.tmp"));
                let number = host.dice.between(100_000, 999_999);
                host.creates(browser, &format!("{folder}\\Unconfirmed {number}.crdownload"));
            }
            Family::Gecko => {
                // The empty final file keeps the name while the part grows.
                host.creates(browser, &path);
                let random = host.dice.hex(8);
                host.creates(browser, &format!("{folder}\\{stem}.{random}.{ending}.part"));
            }
            Family::Trident => {
                let cache = format!(
                    "{}AppData\\Local\\Microsoft\\Windows\\INetCache\\IE\\{}",
                    home(&browser.user),
                    host.dice.hex(8)
                );
                host.creates(browser, &format!("{cache}\\{stem}[1].{ending}"));
                let random = host.dice.hex(7).to_lowercase();
                host.creates(browser, &format!("{folder}\\{}.{random}.partial", download.file));
            }
        }
        host.wait(clock::SECOND, 4 * clock::SECOND);
        let zone = format!(
            "[ZoneTransfer]  ZoneId=3  ReferrerUrl=https://{}  HostUrl=https://{}/{}  ",
            download.referrer, download.host, download.file
        );
        host.streams(browser, &path, "Zone.Identifier", &zone);
        if self.family == Family::Edge {
            host.streams(browser, &path, "SmartScreen", "Anaheim");
        }
        path
    }
}

/// The desktop of a person who has logged on: the shell, from which all else is started.
pub fn desktop(host: &mut Host, user: &User) -> Process {
    host.running(user, "C:\\Windows\\explorer.exe", "C:\\Windows\\Explorer.EXE")
}

/// What Chromium leaves when it unpacks an extension or a component: scripts and libraries in a folder of its own in Temp.
pub fn unpacks(host: &mut Host, browser: &Process) {
    let temp = format!("{}AppData\\Local\\Temp", home(&browser.user));
    let (process, random) = (u64::from(browser.id), host.dice.between(10_000_000, 2_000_000_000));
    for file in ["CRX_INSTALL\\background.js", "CRX_INSTALL\\content.js", "CRX_INSTALL\\manifest.json"] {
        host.creates(browser, &format!("{temp}\\scoped_dir{process}_{random}\\{file}"));
    }
    let folder = format!("{temp}\\chrome_Unpacker_BeginUnzipping{process}_{random}");
    host.creates(browser, &format!("{folder}\\_platform_specific\\win_x64\\widevinecdm.dll"));
    host.creates(browser, &format!("{folder}\\manifest.json"));
}
