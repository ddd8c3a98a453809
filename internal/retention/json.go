package retention

import (
	"encoding/json"
	"time"
)

// MarshalJSON writes the explanation for programs: camelCase keys, spans of time in seconds, and what each row means as text.
func (e Explanation) MarshalJSON() ([]byte, error) {
	type row struct {
		Label    string  `json:"label"`
		Rule     string  `json:"rule,omitempty"`
		Meaning  string  `json:"meaning"`
		Ages     []int64 `json:"agesSeconds"` // the newest first
		Capped   bool    `json:"capped"`
		Expected int64   `json:"expected"`
	}
	encoded := func(r Row, meaning string) row {
		ages := []int64{} // encodes as empty, not as null
		for _, age := range r.Ages {
			ages = append(ages, int64(age/time.Second))
		}
		return row{r.Label, r.Rule.String(), meaning, ages, r.Capped, r.Expected}
	}
	document := struct {
		Policy   string    `json:"policy"`
		KeepsAll bool      `json:"keepsAll"`
		Now      time.Time `json:"now"`
		Every    int64     `json:"everySeconds"`
		Rows     []row     `json:"rows"`
		Total    row       `json:"total"`
	}{e.Policy.String(), e.Policy.KeepsAll(), e.Now, int64(e.Every / time.Second), []row{}, encoded(e.Total, e.meaning())}
	for _, r := range e.Rows {
		document.Rows = append(document.Rows, encoded(r, e.describe(r)))
	}
	return json.Marshal(document)
}

// meaning is the explanation in one sentence.
func (e Explanation) meaning() string {
	if e.Policy.KeepsAll() {
		return keepsAllText
	}
	return e.summary()
}
