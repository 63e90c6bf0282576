--- In which buffers the server runs: in every text, whether it has a name and a type or not.

local M = {}

--- The URI that Neovim gives to each buffer without a name.
M.UNNAMED = vim.uri_from_fname('')

--- When a buffer may have become a text that no `FileType` tells of.
local EVENTS = { 'BufReadPost', 'BufNewFile', 'BufWritePost', 'StdinReadPost', 'InsertEnter', 'TextChanged' }

local function is_unnamed(bufnr)
  return vim.api.nvim_buf_get_name(bufnr) == ''
end

--- Whether a buffer is a text of the user's: no terminal, prompt, help, list, or surface of a plugin.
---@param bufnr integer
---@return boolean
local function is_text(bufnr)
  local buffer = vim.bo[bufnr]
  return buffer.buftype == '' and (buffer.buflisted or not is_unnamed(bufnr))
end

--- The server's buffers without a name; more than one would be one document to it.
---@param name string
local function unnamed(name)
  local found = {}
  for _, client in ipairs(vim.lsp.get_clients({ name = name })) do
    for bufnr in pairs(client.attached_buffers) do
      if is_unnamed(bufnr) then
        table.insert(found, { client = client, bufnr = bufnr })
      end
    end
  end
  return found
end

--- The buffer that the server means by a URI.
---@param name string
---@param uri string
---@return integer?
function M.bufnr(name, uri)
  if uri ~= M.UNNAMED then
    return vim.uri_to_bufnr(uri)
  end
  local found = unnamed(name)[1]
  return found and found.bufnr
end

--- The folder of a buffer's project, if the server is to run there. Of the buffers without a name the server has only the one
--- that the user is in.
---@param name string
---@param root_markers string[]
---@return fun(bufnr: integer, on_dir: fun(root_dir?: string))
function M.root_dir(name, root_markers)
  return function(bufnr, on_dir)
    if not vim.api.nvim_buf_is_loaded(bufnr) or not is_text(bufnr) then
      return
    end
    for _, other in ipairs(is_unnamed(bufnr) and unnamed(name) or {}) do
      if other.bufnr ~= bufnr then
        vim.lsp.buf_detach_client(other.bufnr, other.client.id)
      end
    end
    on_dir(vim.fs.root(bufnr, root_markers))
  end
end

--- Has the server run in texts that Neovim knows no name or no type of, too; of all others `vim.lsp.enable` is told by their
--- type.
---@param name string
---@param is_enabled fun(): boolean
function M.watch(name, is_enabled)
  local group = vim.api.nvim_create_augroup('firesteel.untyped', {})
  -- Which buffers the server was told of without a type.
  local untyped = {}
  local function attach(event)
    local bufnr = event.buf
    local is_enables = vim.api.nvim_buf_is_loaded(bufnr) and vim.bo[bufnr].filetype ~= '' and not is_unnamed(bufnr)
    if is_enables or not is_enabled() or #vim.lsp.get_clients({ name = name, bufnr = bufnr }) > 0 then
      return
    end
    local options = vim.deepcopy(vim.lsp.config[name])
    options.root_dir(bufnr, function(root_dir)
      options.root_dir = root_dir
      untyped[bufnr] = vim.bo[bufnr].filetype == ''
      vim.lsp.start(options, { bufnr = bufnr })
    end)
  end
  vim.api.nvim_create_autocmd(EVENTS, { group = group, callback = vim.schedule_wrap(attach) })
  -- What was opened while the server was looked for.
  for _, bufnr in ipairs(vim.api.nvim_list_bufs()) do
    attach({ buf = bufnr })
  end
  vim.api.nvim_create_autocmd('FileType', {
    group = group,
    callback = function(event)
      -- Neovim 0.12 tells the server of another type by itself; before, the buffer is opened anew.
      local is_told = vim.fn.has('nvim-0.12') == 1 or not untyped[event.buf]
      untyped[event.buf] = nil
      for _, client in ipairs(is_told and {} or vim.lsp.get_clients({ name = name, bufnr = event.buf })) do
        vim.lsp.buf_detach_client(event.buf, client.id)
        vim.lsp.buf_attach_client(event.buf, client.id)
      end
    end,
  })
end

return M
