package inventory

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// addServer writes a server behind the app's others, in the style of the last one.
func (d *document) addServer(app string, s Server) ([]byte, error) {
	appsKey, _, err := d.descend("apps")
	if err != nil {
		return nil, err
	}
	key, value, err := d.descend("apps", app)
	if err != nil {
		return nil, err
	}
	step := strings.Repeat(" ", max(1, key.Column-appsKey.Column))
	pair := quote(s.Name) + ": " + flowServer(s)
	serversKey, servers := child(value, "servers")

	switch {
	case serversKey != nil && servers.Kind == yaml.MappingNode && isFlow(servers):
		return d.insertFlow(servers, pair)
	case serversKey != nil && servers.Kind == yaml.MappingNode:
		return d.appendServer(servers, s)
	case serversKey != nil && isNull(servers) && servers.Value == "" && !isFlow(value):
		indent, err := d.indentOf(serversKey)
		return d.insertLines(serversKey.Line-1, indent+step+pair), err
	case serversKey != nil:
		return nil, d.byHand(servers, "servers is not a mapping that is written out here")
	case value.Kind == yaml.MappingNode && isFlow(value):
		return d.insertFlow(value, "servers: {"+pair+"}")
	case value.Kind == yaml.MappingNode:
		indent, err := d.indentOf(value.Content[0])
		return d.insertLines(key.Line-1, indent+"servers:", indent+step+pair), err
	case isNull(value) && value.Value == "":
		indent, err := d.indentOf(key)
		return d.insertLines(key.Line-1, indent+step+"servers:", indent+step+step+pair), err
	}
	return nil, d.byHand(value, "app "+app+" is not a mapping that is written out here")
}

// appendServer adds to servers that stand one below the other.
func (d *document) appendServer(servers *yaml.Node, s Server) ([]byte, error) {
	key, value := servers.Content[len(servers.Content)-2], servers.Content[len(servers.Content)-1]
	indent, err := d.indentOf(key)
	if err != nil {
		return nil, err
	}
	last, err := d.lastLine(key, value)
	if err != nil {
		return nil, err
	}
	if value.Kind != yaml.MappingNode || isFlow(value) {
		return d.insertLines(last, indent+quote(s.Name)+": "+flowServer(s)), nil
	}
	step := strings.Repeat(" ", max(1, value.Content[0].Column-key.Column))
	lines := []string{indent + quote(s.Name) + ":", indent + step + "address: " + quote(s.Address)}
	if s.Internal != "" {
		lines = append(lines, indent+step+"internal: "+quote(s.Internal))
	}
	if s.SSH.HostKey != "" {
		lines = append(lines, indent+step+"ssh:", indent+step+step+"host_key: "+quote(s.SSH.HostKey))
	}
	return d.insertLines(last, lines...), nil
}

func flowServer(s Server) string {
	text := "{address: " + quote(s.Address)
	if s.Internal != "" {
		text += ", internal: " + quote(s.Internal)
	}
	if s.SSH.HostKey != "" {
		text += ", ssh: {host_key: " + quote(s.SSH.HostKey) + "}"
	}
	return text + "}"
}
