--- Which model answers: `firesteel setup` in a terminal, and another one for the session.

local config = require('firesteel.config')
local server = require('firesteel.server')

local M = {}

--- The entry that stands for every role.
local EVERYTHING = 'everything'

--- Runs `firesteel setup` in a terminal, which asks before it sends or writes anything. The server then starts anew.
function M.setup()
  local command = { config.command()[1], 'setup' }
  vim.cmd.new()
  local function ended(_, code)
    if code == 0 and server.client() then
      server.restart()
    end
  end
  if vim.fn.has('nvim-0.11') == 1 then
    vim.fn.jobstart(command, { term = true, on_exit = ended })
  else
    vim.fn.termopen(command, { on_exit = ended })
  end
  vim.cmd.startinsert()
end

--- Goes on where a model is configured for a role; where none is, says so, with the way to one.
---@param role string
---@param go_on fun()
function M.needed(role, go_on)
  server.execute('firesteel.models', {}, function(listed)
    local status = listed.roles[role] or {}
    if status.answering == 'hosted' or status.state == 'away' or status.state == 'refused' then
      return go_on()
    end
    local text = 'Firesteel: this needs a model, and none is configured for %s; `:Firesteel setup` finds one'
    vim.notify(text:format(role), vim.log.levels.WARN)
  end)
end

local function given(value)
  return value ~= nil and value ~= vim.NIL and value or nil
end

--- One model in a line: its name, what it is asked for, and how it stands.
local function line(entry)
  local parts = { entry.name }
  local model = given(entry.model)
  if model and model ~= entry.name then
    table.insert(parts, model)
  end
  if #entry.roles > 0 then
    table.insert(parts, table.concat(entry.roles, ' '))
  end
  local why = given(entry.why)
  table.insert(parts, why and ('%s: %s'):format(entry.state, why) or entry.state)
  return table.concat(parts, ', ')
end

--- Has another model asked first, in a role or in all of them, until the server stops.
function M.choose()
  server.execute('firesteel.models', {}, function(listed)
    vim.ui.select(listed.models, { prompt = 'Firesteel, which model?', format_item = line }, function(entry)
      if not entry then
        return
      end
      local roles = vim.tbl_keys(listed.roles)
      table.sort(roles)
      table.insert(roles, 1, EVERYTHING)
      vim.ui.select(roles, { prompt = ('%s, for'):format(entry.name) }, function(role)
        if role then
          local argument = { model = entry.name, role = role ~= EVERYTHING and role or nil }
          server.execute('firesteel.useModel', { argument }, function()
            vim.notify(('Firesteel: %s is asked for %s until the server stops'):format(entry.name, role))
          end)
        end
      end)
    end)
  end)
end

return M
