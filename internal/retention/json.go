package retention

import (
	"encoding/json"
	"time"
)

// explanationJSON is an Explanation as scripts read it: spans of time are whole seconds.
type explanationJSON struct {
	Policy       string    `json:"policy"`
	At           time.Time `json:"at"`
	EverySeconds int64     `json:"everySeconds"`
	Rows         []rowJSON `json:"rows"`
	Total        totalJSON `json:"total"`
}

type rowJSON struct {
	Rule string `json:"rule,omitempty"`
	totalJSON
}

type totalJSON struct {
	Label      string  `json:"label"`
	Kept       int     `json:"kept"`
	Expected   int64   `json:"expected"`
	Capped     bool    `json:"capped"`
	AgeSeconds []int64 `json:"ageSeconds"`
}

// MarshalJSON writes the explanation with policy and rules as text, and times in whole seconds.
func (e Explanation) MarshalJSON() ([]byte, error) {
	out := explanationJSON{
		Policy:       e.Policy.String(),
		At:           e.Now,
		EverySeconds: int64(e.Every / time.Second),
		Rows:         []rowJSON{}, // encodes as empty, not as null
		Total:        e.Total.json(),
	}
	for _, row := range e.Rows {
		out.Rows = append(out.Rows, rowJSON{Rule: row.Rule.String(), totalJSON: row.json()})
	}
	return json.Marshal(out)
}

func (r Row) json() totalJSON {
	out := totalJSON{Label: r.Label, Kept: len(r.Ages), Expected: r.Expected, Capped: r.Capped, AgeSeconds: []int64{}}
	for _, age := range r.Ages {
		out.AgeSeconds = append(out.AgeSeconds, int64(age/time.Second))
	}
	return out
}
