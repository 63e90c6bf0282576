--- One short text for a status line: who answers, how fast, and what is being learned.

local server = require('firesteel.server')

local M = {}

--- How old the server's status may be before it is asked for again, in milliseconds.
local FRESH_MS = 2000

local status
local asked_at = 0

--- Takes in a status.
---@param new table?
function M.update(new)
  status = new
  vim.cmd.redrawstatus()
end

local function refresh()
  local now = vim.uv.now()
  if now - asked_at > FRESH_MS then
    asked_at = now
    vim.schedule(function()
      if vim.list_contains(server.commands(), 'firesteel.status') then
        server.execute('firesteel.status', {}, M.update)
      end
    end)
  end
end

--- The text; empty where the server does not run. It never waits: it shows what the server last said.
---@return string
function M.text()
  local client = server.client(0)
  if not client or not client.attached_buffers[vim.api.nvim_get_current_buf()] then
    return ''
  end
  refresh()
  if type(status) ~= 'table' then
    return 'firesteel: starting'
  end
  local function given(value)
    return value ~= nil and value ~= vim.NIL and value or nil
  end
  local is_hosted = status.answering == 'hosted'
  local measured = (is_hosted and status.outside or status.embedded) or {}
  local rate = given(measured.tokens_per_second)
  local parts = { is_hosted and given(status.model) or 'local', is_hosted and given(status.hosted) or nil }
  if rate and rate > 0 then
    table.insert(parts, ('%d tok/s'):format(rate))
  end
  if given(status['local']) and given(status['local'].indexing) then
    table.insert(parts, 'indexing')
  end
  return 'firesteel: ' .. table.concat(parts, ', ')
end

return M
