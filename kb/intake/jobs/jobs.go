// Package jobs says what an import of articles is while it is a job: what the
// store keeps of it and what the people who wait for it are shown.
package jobs

import (
	"time"

	"github.com/yingda/yingda/internal/fault"
)

// State is where a job stands.
type State string

// The states of a job; the last three are final. A waiting job becomes a
// reading one, then checking, then ready; a person applies a ready one.
const (
	Waiting   State = "waiting"
	Reading   State = "reading"
	Checking  State = "checking"
	Ready     State = "ready"
	Applying  State = "applying"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Over reports whether nothing more happens to a job in this state.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// Busy reports whether a job in this state has work to do by itself.
func (s State) Busy() bool { return s == Waiting || s == Reading || s == Checking || s == Applying }

// Stage is what a job is at.
type Stage string

// The stages of a check and of an application.
const (
	StageReading   Stage = "reading"   // rows of the file
	StageEncoding  Stage = "encoding"  // texts of the articles
	StageComparing Stage = "comparing" // wordings that are near to others
	StageLinks     Stage = "links"     // addresses that are asked whether they answer
	StageStoring   Stage = "storing"   // the change itself
)

// Source is the file that was uploaded and how it is to be read.
type Source struct {
	// File is its name, for people; Bytes its size.
	File  string `json:"file"`
	Bytes int64  `json:"bytes"`
	// Format is empty where the content is to tell.
	Format string `json:"format,omitempty"`
	// Mapping gives the fields of headings that are not recognised.
	Mapping map[string]string `json:"mapping,omitempty"`
	// Sheet restricts a workbook to one of its sheets.
	Sheet string `json:"sheet,omitempty"`
	// CheckLinks asks every address in the answers whether it answers.
	CheckLinks bool `json:"check_links,omitempty"`
}

// Summary is what a check found.
type Summary struct {
	// Format is what the file was read as, Encoding what a text file was in.
	Format   string `json:"format,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	// Sheets are a workbook's, in its order.
	Sheets []Sheet `json:"sheets,omitempty"`
	// Fields are what the file speaks of, as importer.Table has them: of an
	// article that it replaces everything else stays.
	Fields []string `json:"fields,omitempty"`
	// Rows were read, the heading not counted. Each is in one of the four.
	Rows      int `json:"rows"`
	Added     int `json:"added"`
	Replaced  int `json:"replaced"`
	Unchanged int `json:"unchanged"`
	Rejected  int `json:"rejected"`
	// Errors and Warnings count the problems.
	Errors   int `json:"errors"`
	Warnings int `json:"warnings"`
	// Wordings are the questions and similar questions of the good rows.
	Wordings int `json:"wordings"`
	// NearCopies counts the warnings about wordings of two articles that mean
	// nearly the same.
	NearCopies int `json:"near_copies"`
	// Links are the addresses that were asked.
	Links int `json:"links"`
	// Revision is the base's that the file was compared with, at CheckedAt.
	Revision  int64     `json:"revision"`
	CheckedAt time.Time `json:"checked_at"`
}

// Sheet is what became of a sheet of a workbook.
type Sheet struct {
	Name string `json:"name"`
	// Rows are those that are not blank below the heading.
	Rows int `json:"rows"`
	// Skipped says why the sheet was not read; empty when it was.
	Skipped string `json:"skipped,omitempty"`
}

// Conflict is what happens to rows that an article of the base differs from.
type Conflict string

// The ways to treat such rows.
const (
	Replace Conflict = "replace"
	Skip    Conflict = "skip"
)

// Choice is what of a checked file is to be written.
type Choice struct {
	// Rows are numbers of rows; none means all good ones.
	Rows       []int    `json:"rows,omitempty"`
	OnConflict Conflict `json:"on_conflict" enum:"replace,skip"`
}

// Job is an import. Its check reads the file and reports; nothing of the base
// changes before it is applied, and then everything chosen does, or nothing.
type Job struct {
	ID  string `json:"id"`
	Bot string `json:"-"`
	Source
	State State `json:"state" enum:"waiting,reading,checking,ready,applying,done,failed,cancelled"`
	// Stage, Progress, Done and Total are of the check, or of the application
	// once it began.
	Stage       Stage   `json:"stage,omitempty" enum:"reading,encoding,comparing,links,storing"`
	Progress    float64 `json:"progress" doc:"of the check, or of the application once it began, from 0 to 1"`
	Done        int     `json:"done" doc:"rows, texts or addresses of the stage that are done"`
	Total       int     `json:"total" doc:"0 while it is not known"`
	SecondsLeft float64 `json:"seconds_left,omitempty" doc:"an estimate; missing while there is none"`
	// Cancelling is set when somebody cancelled a job that runs.
	Cancelling bool       `json:"cancelling,omitempty"`
	Author     string     `json:"author,omitempty"`
	Created    time.Time  `json:"created"`
	Started    *time.Time `json:"started,omitempty"`
	Ended      *time.Time `json:"ended,omitempty"`
	Summary    *Summary   `json:"summary,omitempty"`
	// Choice is what was applied; Applied counts the articles written, and
	// Revision is the base's that wrote them, 0 when there was nothing to write.
	Choice   *Choice `json:"choice,omitempty"`
	Applied  int     `json:"applied,omitempty"`
	Revision int64   `json:"revision,omitempty"`
	// Code and Error say why a job failed, or why a ready one could not be applied.
	Code  fault.Code `json:"code,omitempty"`
	Error string     `json:"error,omitempty"`
}

// Entry is a job as the store keeps it.
type Entry struct {
	Job Job
	// Runner names the process that works on the job, "" none; Beat is when it
	// last said so. One that has been silent for a while has died.
	Runner string
	Beat   time.Time
	// Before is the base's revision before the job was first applied: what it
	// wrote has a higher one.
	Before int64
	// Version counts the changes of the entry from 1; a writer who saw another
	// is refused.
	Version int
	// Updated is when the entry was last written; the store sets it.
	Updated time.Time
}

// The parts of a job that are kept beside its entry.
const (
	PartFile      = "file"      // as it was uploaded
	PartRows      = "rows"      // what the check made of it
	PartProblems  = "problems"  // what it found
	PartOriginals = "originals" // the rows that were refused, as the file has them
)
