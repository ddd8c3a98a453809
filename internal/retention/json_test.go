package retention_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"iab/internal/retention"
)

func TestAnExplanationEncodesItsPolicyAsTextAndItsTimesInSeconds(t *testing.T) {
	for _, test := range []struct{ policy, want string }{
		{"2,1H2h", `{"policy":"2,1h2h","at":"2026-11-21T12:20:00Z","everySeconds":3600,"rows":[` +
			`{"label":"always keep 2","kept":2,"expected":2,"capped":false,"ageSeconds":[0,3600]},` +
			`{"rule":"1h2h","label":"1h2h","kept":3,"expected":3,"capped":false,"ageSeconds":[0,3600,7200]}],` +
			`"total":{"label":"total","kept":3,"expected":3,"capped":false,"ageSeconds":[0,3600,7200]}}`},
		{"", `{"policy":"","at":"2026-11-21T12:20:00Z","everySeconds":3600,"rows":[],` +
			`"total":{"label":"total","kept":0,"expected":0,"capped":false,"ageSeconds":[]}}`},
	} {
		got, err := json.Marshal(retention.Timeline(retention.MustParse(test.policy), at(t, "2026-11-21 12:20:00"), time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, string(got)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.policy, diff)
		}
	}
}
