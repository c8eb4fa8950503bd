//! The command line: every argument of every command, with its help.

use std::path::PathBuf;

use crate::exit::Misuse;
use crate::memory;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// SIEM detections without the SIEM: KQL, AQL and Sigma, as they are published, over the logs that you have in hand.
#[derive(Debug, Parser)]
#[command(name = "trapline", version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// Say only what went wrong
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run detections over evidence: the main job
    Hunt(Box<HuntArgs>),
    /// Run one query in any language
    Query(Box<QueryArgs>),
    /// Say what is wrong with detections and queries, without evidence
    Check(CheckArgs),
    /// Run the tests of packages: what must fire fires, what must not does not
    Test(TestArgs),
    /// Say which detections can fire on this evidence, and why others cannot
    Coverage(Box<CoverageArgs>),
    /// Say which events one variant of a detection finds and another misses, and which operand decides
    Compare(Box<CompareArgs>),
    /// Say why an event matched a detection or did not: each operand, expected against actual; or what a detection needs
    Explain(Box<ExplainArgs>),
    /// Write Sigma rules as queries in KQL or AQL
    Convert(ConvertArgs),
    /// Turn logs into a Parquet lake, which every command reads faster
    Ingest(IngestArgs),
    /// Write a detection package to start from
    New(NewArgs),
    /// List the tables that can be queried, or the columns of one
    Tables(TablesArgs),
    /// List the functions of KQL and AQL, or describe one
    Functions(FunctionsArgs),
}

#[derive(Debug, Args)]
pub struct HuntArgs {
    /// Files, folders, zips or lakes: EVTX, XML, JSON, CSV and Parquet, found by their content; TABLE=PATH binds one to a table
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Detections to run instead of the built-in ones: packages, .kql, .aql, Sigma .yml, or folders of them
    #[arg(long, value_name = "PATH")]
    pub detections: Vec<PathBuf>,
    /// The file of values for the placeholders of Sigma rules: lines of name: value, or name: [value, …]
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
    /// Run the built-in detections as well
    #[arg(long)]
    pub with_builtin: bool,
    /// Only detections of this level or above
    #[arg(long)]
    pub level: Option<LevelArg>,
    /// Only detections with this tag, sub-techniques too, such as attack.t1204
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only the detection of this id
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,
    /// Not the detection of this id
    #[arg(long, value_name = "ID")]
    pub exclude: Vec<String>,
    /// Only detections of this status (deprecated and unsupported ones are off unless named)
    #[arg(long)]
    pub status: Vec<StatusArg>,
    /// Only this variant of each detection
    #[arg(long)]
    pub variant: Vec<LanguageArg>,
    /// Output format
    #[arg(long, default_value = "table")]
    pub format: HuntFormat,
    /// Write the findings to a file
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Write the summary to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub summary: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// What becomes of time bounds relative to now
    #[arg(long, default_value = "auto")]
    pub window: WindowArg,
    /// Lift the LIMIT and take of the queries themselves
    #[arg(long)]
    pub no_limit: bool,
    #[command(flatten)]
    pub names: NameArgs,
}

#[derive(Debug, Args)]
pub struct QueryArgs {
    /// The query; without it, --file or standard input is read
    pub query: Option<String>,
    /// Read the query from a file
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub file: Option<PathBuf>,
    /// The query's language; else by the ending of --file
    #[arg(long)]
    pub language: Option<LanguageArg>,
    /// Evidence: files, folders, zips or lakes; TABLE=PATH makes every record of them a row of that table
    #[arg(long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// Output format
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
    /// Run many queries: lines of {"id","query"}, answered in order
    #[arg(long, value_name = "FILE", conflicts_with_all = ["query", "file"])]
    pub batch: Option<PathBuf>,
    /// Declare further tables: {"Table":{"Column":"type"}}
    #[arg(long, value_name = "FILE")]
    pub schema: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    /// What becomes of time bounds relative to now
    #[arg(long, default_value = "as-written")]
    pub window: WindowArg,
    #[command(flatten)]
    pub names: NameArgs,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Packages, .kql, .aql, Sigma .yml, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Exit with 1 where something of this weight or more is wrong
    #[arg(long, default_value = "error", value_name = "LEVEL")]
    pub fail_level: FailLevelArg,
    /// Mend in the files what can be mended without changing what is found
    #[arg(long)]
    pub fix: bool,
    /// Output format
    #[arg(long, default_value = "human")]
    pub format: CheckFormat,
    /// Hold queries to the schema of this SIEM, and to what it asks of detections; packages say themselves what each variant is for
    #[arg(long, value_name = "SIEM")]
    pub platform: Option<Siem>,
    /// The file of values for the placeholders of Sigma rules: lines of name: value, or name: [value, …]
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailLevelArg {
    Info,
    Warning,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people, on standard error
    #[value(alias = "table")]
    Human,
    /// All diagnostics as one array, on standard output
    Json,
    /// One diagnostic a line, on standard output
    Ndjson,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
}

#[derive(Debug, Args)]
pub struct TestArgs {
    /// Packages, or folders of them, or ids of built-in ones; all built-in packages where none is named
    #[arg(value_name = "PACKAGE")]
    pub packages: Vec<String>,
    /// Output format
    #[arg(long, default_value = "table")]
    pub format: TestFormat,
    /// Show only what failed
    #[arg(long)]
    pub only_failing: bool,
    /// Change each literal and drop each operand in turn, and list what no test notices
    #[arg(long, conflicts_with = "format")]
    pub mutate: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TestFormat {
    Table,
    Json,
    Junit,
}

#[derive(Debug, Args)]
pub struct CoverageArgs {
    /// Files, folders, zips or lakes
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Detections to look at instead of the built-in ones: packages, .kql, .aql, Sigma .yml, or folders of them
    #[arg(long, value_name = "PATH")]
    pub detections: Vec<PathBuf>,
    /// Look at the built-in detections as well
    #[arg(long)]
    pub with_builtin: bool,
    /// The file of values for the placeholders of Sigma rules: lines of name: value, or name: [value, …]
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
    /// Output format; navigator is a layer for ATT&CK Navigator
    #[arg(long, default_value = "table")]
    pub format: CoverageFormat,
    #[command(flatten)]
    pub reading: ReadingArgs,
    #[command(flatten)]
    pub names: NameArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    Table,
    Json,
    Navigator,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// A package, or two or more detections in any languages: ids of built-in ones, or paths
    #[arg(required = true, value_name = "DETECTION")]
    pub detections: Vec<String>,
    /// Evidence to compare over; without it the tests of a package
    #[arg(long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// Output format
    #[arg(long, default_value = "table")]
    pub format: SummaryFormat,
    #[command(flatten)]
    pub reading: ReadingArgs,
    #[command(flatten)]
    pub names: NameArgs,
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The id of a built-in detection, or the path of a package, .kql, .aql or Sigma .yml
    pub detection: String,
    /// Evidence: files, folders, zips or lakes
    #[arg(long, value_name = "PATH")]
    pub data: Vec<PathBuf>,
    /// The event: FILE#RECORD as findings name it, or the event itself as JSON; without it, what the detection needs, and how much of
    /// that the evidence has
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    /// Only this variant of the detection
    #[arg(long)]
    pub variant: Vec<LanguageArg>,
    /// Output format
    #[arg(long, default_value = "table")]
    pub format: SummaryFormat,
    /// The file of values for the placeholders of Sigma rules: lines of name: value, or name: [value, …]
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
    #[command(flatten)]
    pub names: NameArgs,
}

#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// Sigma .yml, packages, or folders of them
    #[arg(required = true, value_name = "RULE")]
    pub paths: Vec<PathBuf>,
    /// The language of the query
    #[arg(long, value_name = "LANGUAGE")]
    pub to: ConvertTo,
    /// Whose tables KQL asks: by itself Defender's where they can say the rule, else Sentinel's
    #[arg(long, value_name = "PLATFORM")]
    pub platform: Option<Siem>,
    /// Write each query to a file of its own in this folder
    #[arg(long, short, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
    /// The file of values for the placeholders of Sigma rules: lines of name: value, or name: [value, …]
    #[arg(long, value_name = "FILE")]
    pub placeholders: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ConvertTo {
    Kql,
    Aql,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Siem {
    Defender,
    Sentinel,
    Qradar,
}

#[derive(Debug, Args)]
pub struct NewArgs {
    /// The package's id: lower-case letters, digits and hyphens
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The folder to write it to; by itself one of that name
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct IngestArgs {
    /// Files, folders or zips, found by their content; or TABLE=PATH
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The lake to write to: a folder that is one, or is empty, or is not there yet
    #[arg(long, required = true, value_name = "LAKE")]
    pub to: PathBuf,
    /// How much memory to use, such as 512MiB or 2GiB
    #[arg(long, default_value = "2GiB", value_name = "SIZE", value_parser = memory::parse)]
    pub memory: usize,
    /// Format of the summary
    #[arg(long, default_value = "table")]
    pub format: SummaryFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SummaryFormat {
    Table,
    Json,
}

/// Which of the evidence is read.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// The time that queries take for now; else that of the newest event
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,
    /// Only events at or after this time
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only events before this time
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Only events of this host
    #[arg(long, value_name = "HOST")]
    pub host: Vec<String>,
    /// The file (CSV, JSON or lines) of a watchlist, or of what queries read from an address that ends in this name
    #[arg(long, value_name = "NAME=PATH", value_parser = list)]
    pub watchlist: Vec<(String, PathBuf)>,
    /// The file (CSV, JSON or lines) of AQL's reference set, map or table of this name; also assets, networks and geo
    #[arg(long, value_name = "NAME=PATH", value_parser = list)]
    pub reference: Vec<(String, PathBuf)>,
    /// A file of properties that AQL queries use: ["Name"] column = "field", alias = "other name", or regex = "…" with group and on
    #[arg(long, value_name = "FILE")]
    pub properties: Option<PathBuf>,
    /// Make two rows of a process creation that both Sysmon and the Security log tell of
    #[arg(long)]
    pub keep_twins: bool,
    /// How much memory to use, such as 512MiB or 2GiB
    #[arg(long, default_value = "2GiB", value_name = "SIZE", value_parser = memory::parse)]
    pub memory: usize,
}

fn list(given: &str) -> Result<(String, PathBuf), String> {
    match given.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), PathBuf::from(path))),
        _ => Err("it is given as NAME=PATH".to_owned()),
    }
}

impl ReadingArgs {
    /// The files of watchlists and of reference data, each name with one.
    pub fn lists(&self) -> Result<impl Iterator<Item = &(String, PathBuf)>, Misuse> {
        for (option, lists) in [("--watchlist", &self.watchlist), ("--reference", &self.reference)] {
            for (index, (name, _)) in lists.iter().enumerate() {
                if lists.iter().take(index).any(|(known, _)| known == name) {
                    return Err(Misuse(format!("{option} gives two files for '{name}'")));
                }
            }
        }
        let differs = |(name, path): &&(String, PathBuf)| {
            self.reference.iter().any(|(known, other)| known == name && other != path)
        };
        if let Some((name, _)) = self.watchlist.iter().find(differs) {
            return Err(Misuse(format!("--watchlist and --reference give two files for '{name}'")));
        }
        Ok(self.watchlist.iter().chain(&self.reference))
    }

    /// Not all of the evidence is to be seen.
    pub fn is_bounded(&self) -> bool {
        self.from.is_some() || self.to.is_some() || !self.host.is_empty()
    }
}

/// How strictly names are taken, and what is missing.
#[derive(Debug, Args)]
pub struct NameArgs {
    /// Refuse every unknown column, as the SIEM would
    #[arg(long, conflicts_with = "lenient")]
    pub strict: bool,
    /// Take an unknown column for empty wherever it stands
    #[arg(long)]
    pub lenient: bool,
    /// What AQL's comparison with a missing value comes to, where NOT stands before it
    #[arg(long, default_value = "two-valued", value_name = "LOGIC")]
    pub aql_null: AqlNullArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AqlNullArg {
    /// False, so that NOT makes it true
    TwoValued,
    /// Neither true nor false, so that NOT keeps no row either, as in SQL
    ThreeValued,
}

#[derive(Debug, Args)]
pub struct TablesArgs {
    /// Show the columns of this table
    pub name: Option<String>,
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
}

#[derive(Debug, Args)]
pub struct FunctionsArgs {
    /// Describe this function
    pub name: Option<String>,
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LanguageArg {
    Kql,
    Aql,
    Sigma,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LevelArg {
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WindowArg {
    /// As all; a hunt runs detections that look at several rows again and again while the events came in
    Auto,
    /// Lift the bounds relative to now of queries that look at one row at a time
    All,
    /// Keep every bound, and say what it excluded
    AsWritten,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HuntFormat {
    Table,
    Json,
    Ndjson,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QueryFormat {
    Table,
    Json,
    Ndjson,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StatusArg {
    Stable,
    Test,
    Experimental,
    Deprecated,
    Unsupported,
}
