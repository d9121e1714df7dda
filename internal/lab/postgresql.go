package lab

import "context"

// postgresql is the kit of a PostgreSQL server.
type postgresql struct{ *Server }

func (p postgresql) setUpArgs() []string {
	nets := p.lab.nets
	return []string{string(p.Kind), onOff(p.Open), nets[Internal].String(), nets[External].String(),
		User, p.passwordOf(), Database, onOff(p.Checksums), p.Settings}
}

func (p postgresql) ping(ctx context.Context) error {
	_, err := p.PSQL(ctx, "SELECT 1")
	return err
}
