package ops

import (
	"context"
	"errors"

	"github.com/dbbelt/belt/internal/envpush"
	"github.com/dbbelt/belt/pkg/remote"
)

// HistoryDocument is the answer of `belt env history`.
type HistoryDocument struct {
	Version int            `json:"version"`
	App     string         `json:"app"`
	Pushes  []envpush.Past `json:"pushes"` // oldest first, secrets masked
	Missing []Unread       `json:"missing"`
}

// EnvHistory puts the histories of the app's servers together. The error is that of the servers that could not be read;
// the document is whole all the same.
func EnvHistory(ctx context.Context, s *Session, o EnvOptions) (HistoryDocument, error) {
	doc := HistoryDocument{Version: 1, App: o.App, Pushes: []envpush.Past{}, Missing: []Unread{}}
	app, err := s.app(o.App)
	if err != nil {
		return doc, err
	}
	doc.App = app.Name
	var runners []remote.Runner
	for _, server := range s.appServers(app, app.Name, nil) {
		runners = append(runners, server.Runner)
	}
	past, errs := s.Env(Pushing{}).History(ctx, app.Name, runners)
	if ctx.Err() != nil {
		return doc, context.Cause(ctx)
	}
	doc.Pushes = append(doc.Pushes, past...)
	for i, err := range errs {
		if err != nil {
			doc.Missing = append(doc.Missing, Unread{runners[i].Server(), err.Error()})
		}
	}
	return doc, errors.Join(errs...)
}
