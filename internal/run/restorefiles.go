package run

import (
	"time"

	"iab/internal/plan"
)

// RestoredFiles is what is said about a restore of single files.
type RestoredFiles struct {
	OK       bool      `json:"ok"`
	Ref      plan.Ref  `json:"ref"`
	Side     plan.Side `json:"side"` // of the restore point
	Holder   string    `json:"holder"`
	Snapshot string    `json:"snapshot"`
	At       time.Time `json:"at"`
	To       string    `json:"to"`    // the directory, or the object itself
	Files    []string  `json:"files"` // those asked for; after a failure those that are in their place all the same
	Kept     []string  `json:"kept"`  // what was there before, under the names that it has now
	Bytes    int64     `json:"bytes"`
	Warnings []string  `json:"warnings,omitempty"`
	Error    string    `json:"error,omitempty"`
	Hint     string    `json:"hint,omitempty"`
}
