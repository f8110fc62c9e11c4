/** Exported functions as tools of the Model Context Protocol. @module */
export {
  createMcpEndpoint,
  isMcpPath,
  MCP_ROUTES,
  type McpEndpoint,
  type McpEndpointOptions,
} from './mcp-endpoint.ts'
export { mcpServer, type McpServerOptions } from './mcp-server.ts'
export { toolsOfAgents, type ToolEnd, type ToolSource } from './tool-source.ts'
