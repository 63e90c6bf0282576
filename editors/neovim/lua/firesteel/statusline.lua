--- One short text for a status line: who answers, how fast, and what is being learned.

local server = require('firesteel.server')

local M = {}

---@type table? What the server last said, by itself or because it was asked.
local status
local has_asked = false

--- Takes in a status.
---@param new table?
function M.update(new)
  status = new
  vim.cmd.redrawstatus()
end

--- Asks once; from then on the server tells of every change by itself.
local function ask()
  if not has_asked then
    has_asked = true
    vim.schedule(function()
      if vim.list_contains(server.commands(), 'firesteel.status') then
        server.execute('firesteel.status', {}, M.update)
      else
        has_asked = false
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
  ask()
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
