package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"iab/internal/plan"
	"iab/internal/retention"
	"iab/internal/run"
	"iab/internal/status"
)

// shout has an encoding of its own.
type shout struct{ Words []string }

func (s shout) MarshalJSON() ([]byte, error) { return json.Marshal(fmt.Sprint(s.Words, "!")) }

type inner struct {
	A string
}

func TestADocumentWrittenPieceByPieceIsTheOneOfTheEncoder(t *testing.T) {
	type kinds struct {
		Name    string          `json:"name,omitempty"`
		List    []inner         `json:"list"`
		Gone    []inner         `json:"gone,omitempty"`
		Empty   []string        `json:"empty"`
		Null    []string        `json:"null"`
		Bytes   []byte          `json:"bytes"`
		Raw     json.RawMessage `json:"raw"`
		Map     map[string]int  `json:"map,omitempty"`
		At      time.Time       `json:"at,omitzero"`
		Struct  inner           `json:"struct,omitempty"`
		Pointer *inner          `json:"pointer,omitempty"`
		Own     shout           `json:"own"`
		Owns    []shout         `json:"owns"`
		Deep    [][]int         `json:"deep"`
		Plain   int
		Never   string `json:"-"`
		hidden  int
	}
	type embeds struct {
		inner
		List []int `json:"list"`
	}
	for name, value := range map[string]any{
		"everything":      kinds{Name: "<a> & \"b\"", List: []inner{{"<&>"}, {"2"}}, Empty: []string{}, Bytes: []byte("x"), Raw: json.RawMessage(`[1,2]`), Map: map[string]int{"b": 1, "a": 2}, At: noon, Pointer: &inner{"p"}, Own: shout{[]string{"hey"}}, Owns: []shout{{[]string{"ho"}}}, Deep: [][]int{{1, 2}, {}}, hidden: 1},
		"by pointer":      &kinds{List: []inner{{"1"}}},
		"nothing":         kinds{},
		"nothing by name": struct{}{},
		"all left out": struct {
			List []int `json:"list,omitempty"`
		}{},
		"embedded":    embeds{inner{"a"}, []int{1}},
		"own":         shout{[]string{"a"}},
		"a list":      []int{1, 2},
		"a plan":      plan.Plan{At: noon, Restarts: []plan.Ref{}, Warnings: []string{"<odd>"}, Profiles: []plan.ProfileChange{}, Items: largePlan(3).Items},
		"a report":    run.Report{Results: []run.Result{{Ref: instance("a"), Outcome: run.OK}}, StartedAt: noon},
		"a status":    status.Report{},
		"a listing":   status.Listing{},
		"nothing yet": (*plan.Plan)(nil),
	} {
		var want, got bytes.Buffer
		if err := encodeIndented(&want, value, ""); err != nil {
			t.Fatal(err)
		}
		if err := writeJSON(&got, value); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want.String() != got.String() {
			t.Errorf("%s is written as\n%s\nand the encoder writes\n%s", name, got.String(), want.String())
		}
	}
}

// largePlan has items with 60 verdicts each.
func largePlan(items int) plan.Plan {
	p := plan.Plan{At: noon}
	for i := range items {
		item := plan.Item{Ref: instance(fmt.Sprintf("web%04d", i)), Actions: []plan.Action{}}
		for n := range 30 {
			v := plan.Verdict{Snapshot: fmt.Sprintf("IAB_20260310-1200%02d", n), Reasons: []retention.Reason{{Code: plan.CodeBase}}}
			item.Verdicts.Source, item.Verdicts.Target = append(item.Verdicts.Source, v), append(item.Verdicts.Target, v)
		}
		p.Items = append(p.Items, item)
	}
	return p
}

// pieces is a writer that notes how much it was given at once.
type pieces struct{ all, most int }

func (p *pieces) Write(data []byte) (int, error) {
	p.all += len(data)
	p.most = max(p.most, len(data))
	return len(data), nil
}

func TestTheLongPlanOfALargeFleetIsWrittenInPieces(t *testing.T) {
	p := largePlan(500)
	for name, write := range map[string]func(*pieces) error{
		"text": func(w *pieces) error { return writePlan(w, p, "") },
		"json": func(w *pieces) error { return writeJSON(w, p) },
	} {
		var w pieces
		if err := write(&w); err != nil || w.all < 1<<20 || w.most > 2*pieceOfText {
			t.Errorf("%s: %d bytes were written, up to %d of them at once: %v", name, w.all, w.most, err)
		}
	}
}
