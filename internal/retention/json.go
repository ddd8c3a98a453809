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
	Total        rowJSON   `json:"total"`
}

type rowJSON struct {
	Label      string  `json:"label"`
	Rule       string  `json:"rule,omitempty"`
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
		out.Rows = append(out.Rows, row.json())
	}
	return json.Marshal(out)
}

func (r Row) json() rowJSON {
	out := rowJSON{Label: r.Label, Rule: r.Rule.String(), Kept: len(r.Ages), Expected: r.Expected, Capped: r.Capped, AgeSeconds: []int64{}}
	for _, age := range r.Ages {
		out.AgeSeconds = append(out.AgeSeconds, int64(age/time.Second))
	}
	return out
}
