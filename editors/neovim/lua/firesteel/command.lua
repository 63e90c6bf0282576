--- `:Firesteel …`: its subcommands and their completion.

local server = require('firesteel.server')

local M = {}

---@class firesteel.Subcommand
---@field run fun(words: string[], range?: lsp.Range)
---@field needs? string The server's command without which there is nothing to do.
---@field complete? fun(): string[]
---@field about? string What it does, for the menu; what has none is for completion alone.

--- How far what belongs to a name is indented.
local INDENT = '  '

--- A value as text that a person reads: a name a line, what belongs to it indented below.
---@param value any
---@param indent string
---@return string[]
local function lines_of(value, indent)
  if type(value) ~= 'table' then
    return { indent .. tostring(value) }
  end
  local lines = {}
  if vim.islist(value) then
    for _, item in ipairs(value) do
      vim.list_extend(lines, lines_of(item, indent))
    end
    return lines
  end
  for name, item in vim.spairs(value) do
    local title = indent .. tostring(name):gsub('_', ' ')
    if type(item) == 'table' and next(item) then
      table.insert(lines, title .. ':')
      vim.list_extend(lines, lines_of(item, indent .. INDENT))
    elseif item ~= vim.NIL and type(item) ~= 'table' then
      table.insert(lines, ('%s: %s'):format(title, item))
    end
  end
  return lines
end

--- Shows a value in full, where it is one.
local function show(value)
  if value ~= nil and value ~= vim.NIL then
    vim.notify(table.concat(lines_of(value, ''), '\n'), vim.log.levels.INFO)
  end
end

--- Where an instruction applies: the document, its version and a range.
local function place(range)
  local bufnr = vim.api.nvim_get_current_buf()
  local client = server.client(bufnr)
  local encoding = client and client.offset_encoding or 'utf-16'
  local version = vim.lsp.util.buf_versions[bufnr]
  local at = range or vim.lsp.util.make_range_params(0, encoding).range
  return { uri = vim.uri_from_bufnr(bufnr), version = version, range = at }
end

--- A command of the server that takes an instruction in plain words.
local function instruct(command)
  return function(words, range)
    local function send(instruction)
      if instruction and instruction ~= '' then
        server.execute(command, { vim.tbl_extend('error', place(range), { instruction = instruction }) })
      end
    end
    if #words > 0 then
      return send(table.concat(words, ' '))
    end
    require('firesteel.models').needed('edit', function()
      vim.ui.input({ prompt = 'Firesteel: ' }, send)
    end)
  end
end

local function simple(command)
  return function()
    server.execute(command, {}, show)
  end
end

--- Shows what was sent to models, in a buffer of its own that no file is behind and no server is told of.
local function show_prompt(words)
  server.execute('firesteel.showPrompt', words, function(sent)
    if #sent.prompts == 0 then
      return show(vim.trim(sent.markdown))
    end
    vim.cmd.new()
    local bufnr = vim.api.nvim_get_current_buf()
    vim.bo[bufnr].buftype = 'nofile'
    vim.bo[bufnr].bufhidden = 'wipe'
    vim.bo[bufnr].swapfile = false
    -- What is undone is kept, too, and on the disk with 'undofile'.
    vim.bo[bufnr].undofile = false
    vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, vim.split(sent.markdown, '\n'))
    vim.bo[bufnr].modifiable = false
    vim.bo[bufnr].filetype = 'markdown'
  end)
end

---@type table<string, firesteel.Subcommand>
M.subcommands = {
  action = {
    about = 'Actions for this place',
    run = function(words)
      local wanted = table.concat(words, ' '):lower()
      vim.lsp.buf.code_action({
        apply = wanted ~= '',
        filter = function(action, client_id)
          local client = client_id and vim.lsp.get_client_by_id(client_id)
          local is_ours = not client or client.name == server.name
          return is_ours and action.title:lower():find(wanted, 1, true) ~= nil
        end,
      })
    end,
    complete = function()
      return { 'document' }
    end,
  },
  cancel = { about = 'Stop the edits under way', run = simple('firesteel.cancel'), needs = 'firesteel.cancel' },
  config = { about = 'The configuration in force', run = simple('firesteel.configuration'), needs = 'firesteel.configuration' },
  edit = { about = 'Edit with an instruction', run = instruct('firesteel.edit'), needs = 'firesteel.edit' },
  log = {
    about = 'Open the log',
    run = function()
      vim.cmd.tabedit(vim.fn.fnameescape(vim.lsp.log.get_filename()))
    end,
  },
  models = { about = 'Switch the model', run = require('firesteel.models').choose, needs = 'firesteel.useModel' },
  setup = { about = 'Set up a model', run = require('firesteel.models').setup },
  test_model = {
    about = 'Try the model',
    run = function()
      server.execute('firesteel.testModel', {})
    end,
    needs = 'firesteel.testModel',
  },
  metrics = { about = 'Show suggestion statistics', run = simple('firesteel.metrics'), needs = 'firesteel.metrics' },
  next_edit = {
    about = 'Apply next edit',
    run = function()
      local at = place()
      server.execute('firesteel.nextEdit', { { uri = at.uri, position = at.range.start } })
    end,
    needs = 'firesteel.nextEdit',
  },
  prompt = {
    about = 'Show what was sent to a model',
    run = show_prompt,
    needs = 'firesteel.showPrompt',
    complete = function()
      return { 'complete', 'edit', 'next_edit', 'explain', 'ask', 'review' }
    end,
  },
  redirect = { about = 'Redirect the edit under way', run = instruct('firesteel.redirect'), needs = 'firesteel.redirect' },
  restart = {
    about = 'Restart the server',
    run = function()
      server.restart()
    end,
  },
  revert = { about = 'Revert the last edit', run = simple('firesteel.revert'), needs = 'firesteel.revert' },
  snooze = {
    about = 'Suggest nothing for five minutes',
    run = function(words)
      server.execute('firesteel.snooze', { tonumber(words[1]) or 5 })
    end,
    needs = 'firesteel.snooze',
    complete = function()
      return { '5', '15', '60', '0' }
    end,
  },
  start = {
    about = 'Start the server',
    run = function()
      server.enable()
    end,
  },
  status = { about = 'Who answers, and how it stands', run = simple('firesteel.status'), needs = 'firesteel.status' },
  stop = {
    about = 'Stop the server',
    run = function()
      server.stop()
    end,
  },
  toggle = {
    about = 'Suggestions on or off',
    run = function()
      local inline = require('firesteel.inline')
      inline.enable(not inline.is_enabled())
    end,
  },
  why = {
    about = 'Why no suggestion?',
    run = function()
      if server.problem then
        return server.tell_problem()
      end
      server.execute('firesteel.whyNoSuggestion', { vim.uri_from_bufnr(0) }, function(reason)
        show(type(reason) == 'string' and reason or 'Firesteel: nothing was held back')
      end)
    end,
    needs = 'firesteel.whyNoSuggestion',
  },
}

--- The subcommands that make sense with the server as it runs.
---@return string[]
function M.names()
  local has = server.commands()
  local names = vim.tbl_filter(function(name)
    local needs = M.subcommands[name].needs
    return not needs or vim.list_contains(has, needs)
  end, vim.tbl_keys(M.subcommands))
  table.sort(names)
  return names
end

--- Lets the user choose what to do.
local function menu(range)
  local names = vim.tbl_filter(function(name)
    return M.subcommands[name].about ~= nil
  end, M.names())
  local function line(name)
    return M.subcommands[name].about
  end
  vim.ui.select(names, { prompt = 'Firesteel', format_item = line }, function(name)
    if name then
      M.subcommands[name].run({}, range)
    end
  end)
end

--- Whole lines, as the server's ranges are.
local function line_range(args)
  if args.range == 0 then
    return
  end
  return { start = { line = args.line1 - 1, character = 0 }, ['end'] = { line = args.line2, character = 0 } }
end

--- Carries out `:Firesteel …`.
---@param args vim.api.keyset.create_user_command.command_args
function M.run(args)
  if #args.fargs == 0 then
    return menu(line_range(args))
  end
  local words = vim.list_slice(args.fargs, 2)
  local subcommand = M.subcommands[args.fargs[1]]
  if not subcommand then
    local names = table.concat(M.names(), ', ')
    return vim.notify(('Firesteel: no %s; there are %s'):format(args.fargs[1], names), vim.log.levels.ERROR)
  end
  subcommand.run(words, line_range(args))
end

--- Completes `:Firesteel …`.
---@param lead string
---@param line string
---@return string[]
function M.complete(lead, line)
  local name = line:match('Firesteel!?%s+(%S+)%s')
  local subcommand = name and M.subcommands[name]
  local candidates = not name and M.names() or subcommand and subcommand.complete and subcommand.complete() or {}
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
